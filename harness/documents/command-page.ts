import { stripVTControlCharacters } from 'node:util'
import { type ArgsDef, type CommandDef, renderUsage } from 'citty'
import { main, subCommands } from '../commands/registry.ts'
import { generatedNotice, markdownTable } from './markdown.ts'

const exitCodes = markdownTable(
  ['exit code', 'meaning'],
  [
    ['0', 'as expected'],
    [
      '1',
      'the run went well, but something in its `expect:` does not hold, or its attack was vacuous, z = 0 throughout (`sweep`: where something is expected; `doctor`: something is missing)',
    ],
    ['2', 'bad input: one line a problem on stderr, nothing was started'],
    ['3', 'the swarm broke (`sweep`: some runs did, the others are finished)'],
    ['130', 'interrupted with Ctrl-C: what was measured is kept, no process is left'],
  ],
)

/** docs/command.md: the usage of every command, from its own definition. */
export async function commandPage(): Promise<string> {
  const sections: string[] = []
  for (const [name, load] of Object.entries(subCommands)) {
    const command = (await load()) as unknown as CommandDef<ArgsDef>
    const inner = Object.values((command.subCommands ?? {}) as Record<string, CommandDef<ArgsDef>>)
    if (inner.length === 0) sections.push(await section(command, main as CommandDef<ArgsDef>, `hearsay ${name}`))
    for (const one of inner) {
      const { name: own } = one.meta as { name: string }
      sections.push(await section(one, command, `hearsay ${name} ${own}`))
    }
  }
  return `${generatedNotice}

# The command

Results go to stdout, talk and progress to stderr, and the exit code is the verdict:

${exitCodes}

Environment: \`HEARSAY_DATA\` names the folder of data sets that are not shipped, \`HEARSAY_CHROMIUM\` a browser.
The keys of an experiment, for \`--set\` and for files, are in [experiment.md](experiment.md).

${sections.join('\n\n')}

## The filters' lines

\`aggregate\` and \`craft\` read one JSON object a line from stdin and answer each with one line, so that any framework
can be checked against ours. \`{"error": ...}\` stands where a line was refused, and the exit code is then 2.

\`\`\`sh
echo '{"rule":{"name":"trimmed-mean","f":1},"inputs":[[1,8],[2,9],[90,10]]}' | npx hearsay aggregate
echo '{"rule":null,"before":[{"name":"nnm","f":1}],"inputs":[[1],[2],[9]]}' | npx hearsay aggregate
echo '{"attack":{"name":"little-is-enough","z":1.5},"honest":[[1,2],[3,4]],"n":8,"m":2}' | npx hearsay craft
\`\`\`
`
}

async function section(command: CommandDef<ArgsDef>, parent: CommandDef<ArgsDef>, title: string): Promise<string> {
  const [, ...usage] = stripVTControlCharacters(await renderUsage(command, parent)).split('\n')
  const { description } = command.meta as { description: string }
  const text = usage
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()
    .replace(/^USAGE (hearsay )?/m, 'USAGE hearsay ')
  return `## ${title}\n\n${description}.\n\n\`\`\`text\n${text}\n\`\`\``
}
