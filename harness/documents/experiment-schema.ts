import type { SchemaNode } from '#protocol/loading/issues.ts'
import { experimentJsonSchema } from '#protocol/loading/schema-guide.ts'

/**
 * docs/experiment.schema.json, for editors: the experiment's JSON Schema with `extends`, which reading a file resolves.
 * A file with `extends` may leave out every key, so `required` holds only without it. The short forms of
 * `short-forms.ts` are allowed.
 */
export function experimentSchemaFile(): string {
  const root = withNames(trimmed(experimentJsonSchema())) as SchemaNode & Record<string, unknown>
  const { required, properties = {}, ...rest } = root
  const sections = Object.entries(properties).filter(([, node]) => node.required && node.properties)
  const { required: _, ...peers } = properties.peers ?? {}
  const schema = {
    ...rest,
    title: 'An experiment of Hearsay',
    properties: {
      extends: {
        type: 'string',
        description: 'A preset or a file; its values hold for every key that this file leaves out',
      },
      ...properties,
      ...Object.fromEntries(sections.map(([key, { required: _, ...node }]) => [key, node])),
      peers: withCount(peers),
    },
    if: { not: { required: ['extends'] } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      required,
      properties: Object.fromEntries(sections.map(([key, node]) => [key, { required: node.required }])),
    },
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

/** The schema of `peers`, which may be the number of honest peers alone. */
function withCount({ description, ...section }: SchemaNode): object {
  return { description, anyOf: [section, { type: 'integer', minimum: 1, description: 'Honest peers' }] }
}

/** A copy of a schema in which each choice of named sections takes a name alone, if that name needs no other key. */
function withNames(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withNames)
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withNames(value)])) as SchemaNode
  const names = (copy.oneOf ?? []).flatMap(({ properties, required = [] }) =>
    typeof properties?.name?.const === 'string' && required.every((key) => key === 'name')
      ? [properties.name.const]
      : [],
  )
  if (names.length === 0) return copy
  const { oneOf, ...rest } = copy
  return { ...rest, anyOf: [...(oneOf ?? []), { enum: names }] }
}

/** A copy of a schema without the bounds of safe integers. */
function trimmed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(trimmed)
  if (typeof node !== 'object' || node === null) return node
  const kept = Object.entries(node).filter(
    ([key, value]) => !((key === 'maximum' || key === 'minimum') && Math.abs(value) === Number.MAX_SAFE_INTEGER),
  )
  return Object.fromEntries(kept.map(([key, value]) => [key, trimmed(value)]))
}
