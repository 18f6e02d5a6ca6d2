import type * as z from 'zod'

/** The parts of a zod schema that this file reads; https://zod.dev/packages/core, "Internals". */
interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>
  readonly innerType?: z.core.$ZodType
  readonly element?: z.core.$ZodType
  readonly options?: readonly z.core.$ZodType[]
}

/** Caches the parsed default of each schema; undefined for a schema without one. */
const defaults = new WeakMap<z.core.$ZodType, { readonly value: unknown }>()

/**
 * A parsed value without every part, at any depth, that equals its default. Parsing the result gives the value again.
 * Keys of records and elements of lists stay; their contents lose defaults too.
 */
export function withoutDefaults(schema: z.core.$ZodType, value: unknown): unknown {
  const { type, shape, innerType, element, options } = definitionOf(schema)
  if (innerType && type !== 'nullable') return withoutDefaults(innerType, value)
  if (type === 'array' && element && Array.isArray(value)) return value.map((item) => withoutDefaults(element, item))
  if (type === 'union' && options) {
    const option = options.find((candidate) => parses(candidate, value))
    return option ? withoutDefaults(option, value) : value
  }
  if (type !== 'object' || !shape || typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const part = shape[key]
    if (inner === undefined || (part && isDefault(part, inner))) return []
    return [[key, part ? withoutDefaults(part, inner) : inner]]
  })
  return Object.fromEntries(entries)
}

function definitionOf(schema: z.core.$ZodType): Definition {
  return schema._zod.def as unknown as Definition
}

function parses(schema: z.core.$ZodType, value: unknown): boolean {
  return (schema as z.ZodType).safeParse(value).success
}

function isDefault(schema: z.core.$ZodType, value: unknown): boolean {
  const known = defaults.get(schema) ?? findDefault(schema)
  defaults.set(schema, known)
  return known.value !== undefined && equal(known.value, value)
}

function findDefault(schema: z.core.$ZodType): { readonly value: unknown } {
  const { type, innerType } = definitionOf(schema)
  if (type === 'default' || type === 'prefault') return { value: (schema as z.ZodType).parse(undefined) }
  return innerType ? findDefault(innerType) : { value: undefined }
}

/** Equality of plain data. */
function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [keys, others] = [keysOf(a), keysOf(b)]
  return keys.length === others.length && keys.every((key) => equal(a[key as keyof typeof a], b[key as keyof typeof b]))
}

function keysOf(value: object): string[] {
  return Object.keys(value).filter((key) => value[key as keyof typeof value] !== undefined)
}
