import { metricNames } from '#protocol/experiment/metric-names.ts'
import type { SchemaNode } from '#protocol/loading/issues.ts'
import { experimentJsonSchema } from '#protocol/loading/schema-guide.ts'
import { metricTitle } from '#report/sweep/wording.ts'
import { choicesOf, defaultSentence, type Entry, keyRow, keysList, keysTable, nameKeyOf, nameOf } from './keys-table.ts'
import { code, generatedNotice, markdownTable } from './markdown.ts'

/** docs/experiment.md: every key of an experiment, each described once. */
export function experimentPage(): string {
  const root = experimentJsonSchema()
  const sections = [
    `## Keys at the top\n\n${keysTable(plainEntries(root), root.required)}`,
    ...Object.entries(root.properties ?? {}).flatMap(([key, node]) => sectionsOf(node, key)),
  ]
  return `${generatedNotice}

# The experiment file

One YAML or JSON file describes a run. Unknown keys are errors.

- \`extends: quickstart\` names a preset or a file. Its values hold for every key that the file leaves out.
- \`--set path=value\` changes one path from the command line. A plain word for a named section is its name: \`--set
  aggregation=median\`.
- In a section with a \`name\`, the name decides which other keys it takes. Keys that several names share stand in the
  first table of the section, with the names that take them. Each name's own keys follow.

An editor with JSON Schema completes and checks these keys if the first line of the file gives the path of the schema,
relative to the file:

\`\`\`yaml
# yaml-language-server: $schema=docs/experiment.schema.json
\`\`\`

${sections.join('\n\n')}

## Metrics

\`expect\` and the figures, hypotheses and published numbers of a sweep name one of these.

${metricsTable()}
`
}

function metricsTable(): string {
  return markdownTable(
    ['metric', 'meaning'],
    metricNames.map((name) => [code(name), metricTitle(name)]),
  )
}

/** Keys whose values are no sections of their own. */
function plainEntries(node: SchemaNode): Entry[] {
  return Object.entries(node.properties ?? {}).filter(([, child]) => !isSection(child))
}

function isSection(node: SchemaNode): boolean {
  return node.properties !== undefined || choicesOf(node).length > 0 || isListOfSections(node)
}

function isListOfSections(node: SchemaNode): boolean {
  return node.items?.properties !== undefined || isListOfChoices(node)
}

function isListOfChoices({ items }: SchemaNode): boolean {
  return items !== undefined && choicesOf(items).length > 0
}

function sectionsOf(node: SchemaNode, path: string): string[] {
  const about = node.description ? `${node.description}.` : ''
  if (node.properties) {
    const inner = Object.entries(node.properties).flatMap(([key, child]) => sectionsOf(child, `${path}.${key}`))
    const own = plainEntries(node)
    return [paragraphs(`## ${code(path)}`, about, own.length > 0 && keysTable(own, node.required)), ...inner]
  }
  if (choicesOf(node).length > 0) return choiceSections(node, path, about, defaultSentence(node))
  const { items } = node
  if (items === undefined || !isListOfSections(node)) return []
  if (choicesOf(items).length > 0)
    return choiceSections(items, path, sentences(about, 'A list.'), defaultSentence(node))
  const entries = sentences(about, 'A list; each entry has these keys.', defaultSentence(node))
  return [paragraphs(`## ${code(path)}`, entries, keysTable(Object.entries(items.properties ?? {}), items.required))]
}

/** A key of named choices. The same schema, required or not, is the same key. */
interface ChoiceKey {
  readonly entry: Entry
  readonly required: boolean
  readonly names: string[]
}

/** The section of a key whose `name` is one of several, then the sections of lists within it. */
function choiceSections(node: SchemaNode, path: string, about: string, defaults: string): string[] {
  const options = choicesOf(node)
  const names = options.map(nameOf)
  const nameKey = nameKeyOf(options[0] as SchemaNode) as string
  const keys = choiceKeys(options, nameKey)
  const plain = keys.filter(({ entry: [, child] }) => !isListOfChoices(child))
  const shared = plain.filter((key) => isShared(key))
  const parts = [
    `## ${code(path)}`,
    sentences(about, `${code(nameKey)} is one of ${names.map(code).join(', ')}.`, defaults),
    shared.length > 0 && sharedTable(shared, names),
    ...names.flatMap((name) => {
      const taken = plain.filter((key) => key.names.includes(name))
      const own = taken.filter((key) => !isShared(key))
      const others = taken
        .filter((key) => isShared(key) && key.names.length < names.length)
        .map(({ entry: [key] }) => code(key))
      if (own.length === 0) return []
      return [
        `### ${code(`${path}: { ${nameKey}: ${name} }`)}`,
        keysList(
          own.map(({ entry }) => entry),
          own.filter(({ required }) => required).map(({ entry: [key] }) => key),
        ),
        others.length > 0 && `Also takes ${others.join(', ')}.`,
      ]
    }),
  ]
  const lists = keys.filter((key) => !plain.includes(key))
  return [paragraphs(...parts), ...lists.flatMap(({ entry: [key, child] }) => sectionsOf(child, `${path}.${key}`))]
}

/** The keys of all choices, in the order in which they first come. */
function choiceKeys(options: readonly SchemaNode[], nameKey: string): ChoiceKey[] {
  const keys = new Map<string, ChoiceKey>()
  for (const option of options) {
    for (const entry of Object.entries(option.properties ?? {})) {
      if (entry[0] === nameKey) continue
      const required = option.required?.includes(entry[0]) ?? false
      const identity = JSON.stringify([entry, required])
      const known = keys.get(identity) ?? { entry, required, names: [] }
      known.names.push(nameOf(option))
      keys.set(identity, known)
    }
  }
  return [...keys.values()]
}

/** Whether so many choices take a key that the page describes it before them. */
function isShared({ names }: ChoiceKey): boolean {
  return names.length >= 3
}

function sharedTable(shared: readonly ChoiceKey[], names: readonly string[]): string {
  return markdownTable(
    ['key', 'meaning', 'values', 'default', 'taken by'],
    shared.map((key) => [...keyRow(key.entry, key.required ? [key.entry[0]] : []), takers(key.names, names)]),
  )
}

/** `all`, `all but ...` or the names, whichever is shortest. */
function takers(taking: readonly string[], names: readonly string[]): string {
  const others = names.filter((name) => !taking.includes(name))
  if (others.length === 0) return 'all'
  return others.length < taking.length ? `all but ${others.map(code).join(', ')}` : taking.map(code).join(', ')
}

function sentences(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ')
}

function paragraphs(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== '').join('\n\n')
}
