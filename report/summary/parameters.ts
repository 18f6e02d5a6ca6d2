import type { Experiment } from '#protocol/experiment/schema.ts'
import type { SchemaNode } from '#protocol/loading/issues.ts'
import { experimentJsonSchema } from '#protocol/loading/schema-guide.ts'

export interface ParameterRow {
  /** Path in an experiment file, e.g. `learning.batchSize`. */
  readonly path: string
  readonly value: string
  readonly description: string
}

/** Options that a report shows elsewhere. */
const elsewhere = new Set(['question', 'expect', 'twins', 'sweep'])

/** Every option of an experiment with its value and the description of the schema, in the order of the schema. */
export function parameterRows(experiment: Experiment): ParameterRow[] {
  const root = experimentJsonSchema()
  return Object.keys(root.properties ?? {})
    .filter((key) => !elsewhere.has(key))
    .flatMap((key) => rows(key, (experiment as Record<string, unknown>)[key], root.properties?.[key]))
}

function rows(path: string, value: unknown, schema: SchemaNode | undefined): ParameterRow[] {
  if (value === undefined) return []
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ path, value: shown(value), description: schema?.description ?? '' }]
  }
  const entries = Object.entries(value)
  const option = alternative(schema, value)
  return entries.flatMap(([key, inner]) => {
    const row = rows(`${path}.${key}`, inner, option?.properties?.[key])
    const own = row[0]
    // The description of the section describes the name of its method.
    return key === 'name' && own && own.description === '' ? [{ ...own, description: schema?.description ?? '' }] : row
  })
}

/** The option of a choice that has the value's `name`. */
function alternative(schema: SchemaNode | undefined, value: object): SchemaNode | undefined {
  const options = schema?.oneOf ?? schema?.anyOf
  if (!options) return schema
  const name = 'name' in value ? value.name : undefined
  return (
    options.find((option) => option.properties?.name && option.properties.name.const === name) ??
    options.find((option) => Object.keys(value).every((key) => option.properties?.[key]))
  )
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value
  const text = JSON.stringify(value).replaceAll(',', ', ')
  return text.length > 160 ? `${text.slice(0, 157)}…` : text
}
