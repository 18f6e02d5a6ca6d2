import { type ArgsDef, type CommandDef, renderUsage } from 'citty'
import { experimentHelp } from '#protocol/loading/help.ts'
import { main, subCommands } from '../commands/registry.ts'
import { packageVersion } from '../config/built.ts'
import type { Catalogue } from '../config/catalogue.ts'
import { filterHelp } from '../filters/help.ts'
import { completionSpec } from './completion-spec.ts'
import { allLists } from './lists.ts'

type Command = CommandDef<ArgsDef>

/** The catalogue of the command, from the commands, the registries and the schema. */
export async function catalogue(): Promise<Catalogue> {
  return { help: await allHelp(), lists: allLists(), completion: await completionSpec() }
}

async function allHelp(): Promise<Record<string, string>> {
  const help: Record<string, string> = { '': await usage(main as Command, {}, '') }
  for (const [name, load] of Object.entries(subCommands)) {
    const command = (await load()) as unknown as Command
    help[name] = await usage(command, main as Command, details(name))
    const parent: Command = { meta: { name: `hearsay ${name}`, version: packageVersion() } }
    for (const [inner, own] of Object.entries((command.subCommands ?? {}) as Record<string, Command>))
      help[`${name} ${inner}`] = await usage(own, parent, '')
  }
  return help
}

async function usage(command: Command, parent: Command, more: string): Promise<string> {
  // citty pads every line to the longest, which a narrow terminal would show as empty lines.
  return `${(await renderUsage(command, parent)).replaceAll(/ +$/gm, '')}\n${more}`
}

/** The text after the usage of a command: the keys of its input. */
function details(name: string): string {
  if (name === 'aggregate' || name === 'craft') return `${filterHelp(name)}\n`
  return ['run', 'sweep', 'host'].includes(name) ? `${experimentHelp()}\n` : ''
}
