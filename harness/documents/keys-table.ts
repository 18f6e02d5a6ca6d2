import { metricNames } from '#protocol/experiment/metric-names.ts'
import type { SchemaNode } from '#protocol/loading/issues.ts'
import { code, markdownTable } from './markdown.ts'

/** A key of a section, with its schema. */
export type Entry = readonly [key: string, node: SchemaNode]

/** A table of keys: their meanings, values and defaults. */
export function keysTable(entries: readonly Entry[], required: readonly string[] = []): string {
  return markdownTable(
    ['key', 'meaning', 'values', 'default'],
    entries.map((entry) => keyRow(entry, required)),
  )
}

/** The same as a list, for sections of few keys. */
export function keysList(entries: readonly Entry[], required: readonly string[] = []): string {
  return entries
    .map(([key, node]) => {
      const notes = [
        valuesOf(node),
        required.includes(key) ? 'required' : node.default !== undefined && `default ${defaultOf(node)}`,
      ]
      const about = node.description ? `: ${node.description}` : ''
      return `- ${code(key)} (${notes.filter(Boolean).join('; ')})${about}`
    })
    .join('\n')
}

/** The cells of one key: name, meaning, values, default. */
export function keyRow([key, node]: Entry, required: readonly string[] = []): string[] {
  return [code(key), node.description ?? '', valuesOf(node), required.includes(key) ? '(required)' : defaultOf(node)]
}

/** `Default: iid.`; empty where there is none. */
export function defaultSentence(node: SchemaNode): string {
  return node.default === undefined ? '' : `Default: ${defaultOf(node)}.`
}

function defaultOf(node: SchemaNode): string {
  if (node.default === undefined) return ''
  return code(typeof node.default === 'string' ? node.default : JSON.stringify(node.default))
}

/** The values that a key takes, in words. */
function valuesOf(node: SchemaNode): string {
  if (node.const !== undefined) return code(String(node.const))
  if (node.enum)
    return isMetric(node) ? 'a [metric](#metrics)' : node.enum.map((value) => code(String(value))).join(', ')
  const options = choicesOf(node)
  if (options.length > 0)
    return `entries with ${code('name')}: ${options.map((option) => code(nameOf(option))).join(', ')}`
  const alternatives = node.anyOf ?? node.oneOf
  if (alternatives) return alternatives.map(valuesOf).join(', or ')
  if (node.type === 'array') return node.items ? `a list: ${valuesOf(node.items)}` : 'a pair'
  if (node.type === 'boolean') return `${code('true')}, ${code('false')}`
  if (node.type === 'integer') return `whole number${bounds(node)}`
  if (node.type === 'number') return `number${bounds(node)}`
  if (node.type === 'object' && node.properties) {
    return `{ ${Object.entries(node.properties)
      .map(([key, child]) => `${code(key)}: ${valuesOf(child)}`)
      .join(', ')} }`
  }
  if (node.type === 'object') return 'a mapping of paths to values'
  return node.type === 'string' ? 'text' : (node.type ?? 'any')
}

/** Whether a key names a metric: the page lists them once. */
function isMetric({ enum: names }: SchemaNode): boolean {
  return names?.length === metricNames.length && metricNames.every((name) => names.includes(name))
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

/** The named choices of a section; empty where it has none. */
export function choicesOf(node: SchemaNode): readonly SchemaNode[] {
  return (node.oneOf ?? node.anyOf ?? []).filter((option) => nameKeyOf(option) !== undefined)
}

/** The key that decides the others: `name`, and `kind` in figures. */
export function nameKeyOf({ properties }: SchemaNode): string | undefined {
  return ['name', 'kind'].find((key) => properties?.[key]?.const !== undefined)
}

export function nameOf(option: SchemaNode): string {
  return String(option.properties?.[nameKeyOf(option) ?? '']?.const)
}
