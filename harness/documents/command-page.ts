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
      'the run finished, but an expectation in `expect:` does not hold, the attack was vacuous (z = 0 throughout), or most honest peers starved; a sweep counts the last two only in runs with expectations; `doctor`: something is missing',
    ],
    ['2', 'bad input, or an output path that cannot be used: one line for each problem on stderr; nothing was started'],
    [
      '3',
      'the run broke, a disk or a stream filled, or a device was lost: what was measured is kept (`sweep`: some runs broke, the others are finished)',
    ],
    ['130', 'interrupted with Ctrl-C: the measurements are kept, all processes are stopped'],
  ],
)

/** docs/command.md: the usage of every command, from its definition. */
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

Results go to stdout, messages and progress to stderr. The exit code is the verdict:

${exitCodes}

A reader that closes stdout or stderr ends no run. In code, the same numbers are \`exitCode\` of the errors and of the
verdict ([api.md](api.md)).

Environment variables: \`HEARSAY_DATA\` is the folder of data sets outside the package, \`HEARSAY_CHROMIUM\` the path of a
browser. [experiment.md](experiment.md) lists the keys of an experiment, for \`--set\` and for files.

## Completion

\`hearsay completion SHELL\` prints a script that completes commands, options, presets, files and, after \`--set\`, the paths
of an experiment and the names that they may take. The script holds all of that itself, so completing starts no program;
print it again after an update. It completes the command \`hearsay\`, not \`npx hearsay\`.

\`\`\`sh
hearsay completion bash > ~/.hearsay.bash # with source ~/.hearsay.bash in ~/.bashrc
hearsay completion zsh > ~/.zfunc/_hearsay # with fpath+=~/.zfunc before compinit in ~/.zshrc
hearsay completion fish > ~/.config/fish/completions/hearsay.fish
\`\`\`

${sections.join('\n\n')}

[filters.md](filters.md) describes the JSON lines of \`aggregate\` and \`craft\`.
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
