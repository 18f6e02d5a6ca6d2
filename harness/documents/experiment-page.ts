import { experimentJsonSchema, type SchemaNode } from '#protocol/loading/schema-guide.ts'
import { code, generatedNotice, markdownTable } from './markdown.ts'

/** docs/experiment.md: every key of an experiment, and of each named choice its own. */
export function experimentPage(): string {
  const root = experimentJsonSchema()
  const sections = [
    `## Keys at the top\n\n${keysTable(plainEntries(root), root.required)}`,
    ...Object.entries(root.properties ?? {}).flatMap(([key, node]) => sectionsOf(node, key)),
  ]
  return `${generatedNotice}

# The experiment file

One YAML or JSON file describes a run. Unknown keys are errors. \`extends: quickstart\` (a preset or a file) takes over
all that the file does not say; \`--set path=value\` changes one path from the command line, and a plain word for a named
section means its name: \`--set aggregation=median\`. Where a section has a \`name\`, the name decides which other keys it
takes.

An editor that knows JSON Schema completes and checks these keys when the first line of the file says where the schema
lies, relative to the file:

\`\`\`yaml
# yaml-language-server: $schema=docs/experiment.schema.json
\`\`\`

${sections.join('\n\n')}
`
}

type Entry = readonly [key: string, node: SchemaNode]

/** Keys whose values are no sections of their own. */
function plainEntries(node: SchemaNode): Entry[] {
  return Object.entries(node.properties ?? {}).filter(([, child]) => !isSection(child))
}

function isSection(node: SchemaNode): boolean {
  return node.properties !== undefined || named(node).length > 0 || hasFields(node.items)
}

function sectionsOf(node: SchemaNode, path: string): string[] {
  const about = node.description ? `${node.description}.` : ''
  if (node.properties) {
    const inner = Object.entries(node.properties).flatMap(([key, child]) => sectionsOf(child, `${path}.${key}`))
    const own = plainEntries(node)
    const title = [`## ${code(path)}`, about].filter(Boolean).join('\n\n')
    return [own.length > 0 ? `${title}\n\n${keysTable(own, node.required)}` : title, ...inner]
  }
  const options = named(node)
  if (options.length > 0) return [choiceSection(node, path, options, about)]
  if (!hasFields(node.items)) return []
  const { items } = node
  const list = `A list; each entry has these keys. ${defaultSentence(node)}`
  return [
    `## ${code(path)}\n\n${about} ${list}\n\n${keysTable(Object.entries(items.properties ?? {}), items.required)}`,
  ]
}

function choiceSection(node: SchemaNode, path: string, options: readonly SchemaNode[], about: string): string {
  const names = options.map(nameOf)
  const shared = sharedKeys(options)
  const parts = [
    `## ${code(path)}`,
    `${about} ${code('name')} is one of ${names.map(code).join(', ')}. ${defaultSentence(node)}`.trim(),
  ]
  if (shared.length > 0) {
    const first = options.at(-1) as SchemaNode
    parts.push(
      'Keys of all of them:',
      keysTable(
        shared.map((key): Entry => [key, first.properties?.[key] ?? {}]),
        first.required,
      ),
    )
  }
  for (const option of options) {
    const own = Object.entries(option.properties ?? {}).filter(([key]) => key !== 'name' && !shared.includes(key))
    if (own.length > 0)
      parts.push(`### ${code(`${path}: { name: ${nameOf(option)} }`)}`, keysTable(own, option.required))
  }
  return parts.join('\n\n')
}

/** Keys that all choices but an empty one have alike. */
function sharedKeys(options: readonly SchemaNode[]): string[] {
  const full = options.filter((option) => Object.keys(option.properties ?? {}).length > 1)
  if (full.length < 2 || full.length < options.length - 1) return []
  const [first, ...others] = full
  return Object.entries(first?.properties ?? {})
    .filter(([key]) => key !== 'name')
    .filter(([key, node]) =>
      others.every(({ properties }) => JSON.stringify(properties?.[key]) === JSON.stringify(node)),
    )
    .map(([key]) => key)
}

/** A table of keys: what they mean, the values they take, their defaults. */
export function keysTable(entries: readonly Entry[], required: readonly string[] = []): string {
  return markdownTable(
    ['key', 'meaning', 'values', 'default'],
    entries.map(([key, node]) => [
      code(key),
      node.description ?? '',
      values(node),
      required.includes(key) ? '(required)' : defaultOf(node),
    ]),
  )
}

function defaultSentence(node: SchemaNode): string {
  return node.default === undefined ? '' : `Default: ${defaultOf(node)}.`
}

function defaultOf(node: SchemaNode): string {
  if (node.default === undefined) return ''
  return code(typeof node.default === 'string' ? node.default : JSON.stringify(node.default))
}

/** The values that a key takes, in words. */
function values(node: SchemaNode): string {
  if (node.const !== undefined) return code(String(node.const))
  if (node.enum) return node.enum.map((value) => code(String(value))).join(', ')
  const options = node.anyOf ?? node.oneOf
  if (options && named(node).length > 0)
    return `entries with ${code('name')}: ${options.map((option) => code(nameOf(option))).join(', ')}`
  if (options) return options.map(values).join(', or ')
  if (node.type === 'array') return node.items ? `a list: ${values(node.items)}` : 'a pair'
  if (node.type === 'boolean') return `${code('true')}, ${code('false')}`
  if (node.type === 'integer') return `whole number${bounds(node)}`
  if (node.type === 'number') return `number${bounds(node)}`
  if (node.type === 'object' && node.properties) {
    return `{ ${Object.entries(node.properties)
      .map(([key, child]) => `${code(key)}: ${values(child)}`)
      .join(', ')} }`
  }
  if (node.type === 'object') return 'a mapping of paths to values'
  return node.type === 'string' ? 'text' : (node.type ?? 'any')
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): string {
  const upper = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined
  if (minimum !== undefined && upper !== undefined) return `, ${minimum} to ${upper}`
  const parts: string[] = []
  if (minimum !== undefined) parts.push(`≥ ${minimum}`)
  if (exclusiveMinimum !== undefined) parts.push(`> ${exclusiveMinimum}`)
  if (upper !== undefined) parts.push(`≤ ${upper}`)
  if (exclusiveMaximum !== undefined) parts.push(`< ${exclusiveMaximum}`)
  return parts.length > 0 ? ` ${parts.join(', ')}` : ''
}

function named(node: SchemaNode): readonly SchemaNode[] {
  return (node.oneOf ?? node.anyOf ?? []).filter((option) => option.properties?.name?.const !== undefined)
}

function nameOf(option: SchemaNode): string {
  return String(option.properties?.name?.const)
}

/** Whether the entries of a list are records with keys of their own, not named choices. */
function hasFields(items: SchemaNode | undefined): items is SchemaNode {
  return items?.properties !== undefined
}
