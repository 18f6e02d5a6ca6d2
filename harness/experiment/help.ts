import { experimentJsonSchema, type SchemaNode } from './schema-guide.ts'

/** One line for each path of an experiment, for `hearsay run --help`: path, what it is, values, default. */
export function experimentHelp(): string {
  const rows = rowsOf(experimentJsonSchema(), '')
  const width = Math.min(34, Math.max(...rows.map(([path]) => path.length)))
  const lines = rows.map(([path, text]) => `  ${path.padEnd(width)}  ${text}`)
  return ['Keys of an experiment, each of which --set path=value can change:', '', ...lines].join('\n')
}

function rowsOf(node: SchemaNode, path: string): [string, string][] {
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
  const options = node.oneOf ?? node.anyOf
  const names = options?.map((option) => option.properties?.name?.const).filter((name) => name !== undefined)
  return names && names.length > 0 ? `one of ${names.join(', ')}` : undefined
}

function valuesOf(node: SchemaNode): string {
  if (node.enum) return `one of ${node.enum.join(', ')}`
  if (node.anyOf)
    return node.anyOf
      .map((option) => valuesOf(option) || option.type || '')
      .filter(Boolean)
      .join(', or ')
  return ''
}

function defaultOf(node: SchemaNode): string {
  if (node.default === undefined) return ''
  return `default ${typeof node.default === 'string' ? node.default : JSON.stringify(node.default)}`
}
