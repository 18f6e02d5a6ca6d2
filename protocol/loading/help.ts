import type { SchemaNode } from './issues.ts'
import { experimentJsonSchema } from './schema-guide.ts'

/**
 * The help of `hearsay run --help`: one line for each path of an experiment, with its description, values and default.
 * The parameters of a name follow it in brackets.
 */
export function experimentHelp(): string {
  const rows = rowsOf(experimentJsonSchema(), '')
  const width = Math.min(34, Math.max(...rows.map(([path]) => path.length)))
  const lines = rows.map(([path, text]) => `  ${path.padEnd(width)}  ${text}`)
  return [
    'Keys of an experiment. --set path=value changes one. The parameters of a name follow it in brackets: set them by',
    "--set aggregation.f=2 or --set 'aggregation={ name: krum, f: 2 }'. docs/experiment.md explains them.",
    '',
    ...lines,
  ].join('\n')
}

/** The path and the text of every key below a node of a JSON Schema: description, values, default. */
export function rowsOf(node: SchemaNode, path: string): [string, string][] {
  const rows: [string, string][] = []
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const own = path === '' ? key : `${path}.${key}`
    const choices = namesOf(child)
    if (child.properties) {
      if (child.description) rows.push([own, child.description])
      rows.push(...rowsOf(child, own))
      continue
    }
    const parts = [child.description ?? '', choices ?? valuesOf(child), defaultOf(child)]
    rows.push([own, parts.filter((part) => part !== '').join('; ')])
  }
  return rows
}

function namesOf(node: SchemaNode): string | undefined {
  const options = (node.oneOf ?? node.anyOf ?? []).filter(({ properties }) => properties?.name?.const !== undefined)
  if (options.length === 0) return undefined
  const keys = options.map(({ properties }) => Object.keys(properties ?? {}).filter((key) => key !== 'name'))
  const bare = options.filter((_, k) => keys[k]?.length === 0).map(({ properties }) => properties?.name?.const)
  const having = keys.filter((own) => own.length > 0)
  const shared = having.length < 2 ? [] : (having[0] ?? []).filter((key) => having.every((own) => own.includes(key)))
  const names = options.map(({ properties }, k) => {
    const own = (keys[k] ?? []).filter((key) => !shared.includes(key))
    return `${properties?.name?.const}${own.length > 0 ? ` (${own.join(', ')})` : ''}`
  })
  const each = bare.length > 0 ? `each but ${bare.join(' and ')}` : 'each'
  return `one of ${names.join(', ')}${shared.length > 0 ? `; ${each} takes ${shared.join(', ')}` : ''}`
}

function valuesOf(node: SchemaNode): string {
  if (node.enum) return `one of ${node.enum.join(', ')}`
  if (node.anyOf)
    return node.anyOf
      .map((option) => valuesOf(option) || sectionOf(option) || option.type || '')
      .filter(Boolean)
      .join(', or ')
  return ''
}

function sectionOf({ properties }: SchemaNode): string {
  return properties ? `{ ${Object.keys(properties).join(', ')} }` : ''
}

function defaultOf(node: SchemaNode): string {
  if (node.default === undefined) return ''
  return `default ${typeof node.default === 'string' ? node.default : JSON.stringify(node.default)}`
}
