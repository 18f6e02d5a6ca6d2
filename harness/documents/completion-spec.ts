import type { ArgsDef, CommandDef } from 'citty'
import { datasets } from '#learning/datasets/registry.ts'
import type { SchemaNode } from '#protocol/loading/issues.ts'
import { experimentJsonSchema } from '#protocol/loading/schema-guide.ts'
import { listKinds } from '../commands/list.ts'
import { subCommands } from '../commands/registry.ts'
import { shells } from '../completion/script.ts'
import type { CompletedCommand, CompletionSpec, Values } from '../completion/spec.ts'
import { presetNames } from '../config/presets.ts'
import { reproductionNames } from '../config/reproduction.ts'

type Command = CommandDef<ArgsDef>

/** The kinds of arguments, by command and name; all other arguments are text. */
function operandKinds(): Record<string, Values> {
  const sets = [...datasets.map(({ name }) => name), 'all']
  return {
    'init file': 'file',
    'run file': 'experiment',
    'check file': 'experiment',
    'sweep file': 'experiment',
    'host file': 'experiment',
    'topology show file': 'experiment',
    'report folder': 'folder',
    'replay folder': 'folder',
    'list kind': listKinds,
    'bench kind': ['aggregation', 'training'],
    'data fetch name': sets,
    'data verify name': sets,
    'reproduce name': reproductionNames(),
    'completion shell': [...shells],
  }
}

/** Commands that take any number of their last argument. */
const repeating = ['report', 'data fetch']

/** The words that a shell completes, from the commands, the registries and the schema. */
export async function completionSpec(): Promise<CompletionSpec> {
  const commands: CompletedCommand[] = []
  const groups: Record<string, string> = {}
  const kinds = operandKinds()
  for (const [name, load] of Object.entries(subCommands)) {
    const command = (await load()) as unknown as Command
    const inner = Object.entries((command.subCommands ?? {}) as Record<string, Command>)
    if (inner.length === 0) commands.push(completed(name, command, kinds))
    else groups[name] = descriptionOf(command)
    for (const [own, one] of inner) commands.push(completed(`${name} ${own}`, one, kinds))
  }
  return { commands, groups, presets: presetNames(), paths: pathsOf(experimentJsonSchema(), '') }
}

function descriptionOf({ meta }: Command): string {
  return (meta as { description: string }).description
}

function completed(words: string, command: Command, kinds: Readonly<Record<string, Values>>): CompletedCommand {
  const args = Object.entries((command.args ?? {}) as ArgsDef)
  return {
    words,
    description: descriptionOf(command),
    options: [
      ...args
        .filter(([, { type }]) => type !== 'positional')
        .map(([name, { type, description: text = '', ...rest }]) => ({
          name,
          description: text,
          ...(type === 'boolean' ? {} : { values: optionValues(name, (rest as { valueHint?: string }).valueHint) }),
        })),
      { name: 'help', description: 'Print the help of this command' },
    ],
    operands: args.filter(([, { type }]) => type === 'positional').map(([name]) => kinds[`${words} ${name}`] ?? 'text'),
    repeats: repeating.includes(words),
  }
}

function optionValues(name: string, hint: string | undefined): Values {
  if (hint === 'path=value') return 'path'
  if (hint === 'FILE') return 'file'
  if (hint === 'DIR' || name === 'out') return 'folder'
  return name === 'preset' ? presetNames() : 'text'
}

/** Every path below a node of the schema with the values that it may take. */
function pathsOf(node: SchemaNode, path: string): Record<string, readonly string[]> {
  const found: Record<string, Set<string>> = {}
  const add = (at: string, values: readonly string[]): void => {
    const known = found[at] ?? new Set()
    for (const value of values) known.add(value)
    found[at] = known
  }
  const visit = (one: SchemaNode, at: string): void => {
    const options = one.oneOf ?? one.anyOf
    if (options) {
      const names = options.flatMap(({ properties }) => constants(properties?.name))
      // A word for a section is its name: --set attack=sign-flip.
      if (names.length > 0) add(at, names)
      for (const option of options) visit(option, at)
      return
    }
    if (at !== '') add(at, constants(one))
    for (const [key, child] of Object.entries(one.properties ?? {})) visit(child, at === '' ? key : `${at}.${key}`)
  }
  visit(node, path)
  return Object.fromEntries(Object.entries(found).map(([at, values]) => [at, [...values]]))
}

/** The values that a node lists: its constant, its choices, or true and false. */
function constants(node: SchemaNode | undefined): string[] {
  if (!node) return []
  if (node.const !== undefined) return [String(node.const)]
  return node.type === 'boolean' ? ['true', 'false'] : (node.enum ?? []).map(String)
}
