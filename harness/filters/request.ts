import * as z from 'zod'
import { explainIssue, type SchemaNode } from '#protocol/loading/issues.ts'

/** A number of a JSON line, or one of the strings NaN, Infinity and -Infinity. */
const number = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)])
export const vector = z.array(number).min(1)
export const matrix = z.array(vector).min(1)
/** A rule, pre-aggregator or attack: its name and parameters, checked by its own schema. */
export const method = z.looseObject({
  name: z.string().describe('Name of the method; its parameters are keys beside it'),
})

/** The schema of one of several methods, with the parameters of the named one. */
export function oneOf<M extends { readonly name: string; readonly config: z.ZodObject }>(methods: readonly M[]) {
  const [first, ...others] = methods.map(({ config }) => config)
  if (!first) throw new RangeError('oneOf: needs a method')
  return z.discriminatedUnion('name', [first, ...others]) as unknown as typeof method
}

/** Parses a request. Throws RangeError with one line that names each wrong value and the right ones. */
export function parseRequest<T>(schema: z.ZodType<T>, request: unknown): T {
  const result = schema.safeParse(request)
  if (result.success) return result.data
  const known = z.toJSONSchema(schema, { io: 'input' }) as SchemaNode
  throw new RangeError(
    result.error.issues.flatMap((issue) => explainIssue(issue, request, known, withBrackets)).join('; '),
  )
}

/** `inputs[2][0]`, `rule.f`. */
function withBrackets(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
}

/**
 * The rows as vectors of 32-bit floats. Throws RangeError with the reasons of the protocol: `wrong-shape` for unequal
 * lengths, `not-finite` for a number that is not finite in 32 bits.
 */
export function vectorsOf(name: string, rows: readonly (readonly number[])[]): Float32Array[] {
  const d = rows[0]?.length ?? 0
  return rows.map((row, i) => vectorOf(`${name}[${i}]`, row, d))
}

export function vectorOf(name: string, row: readonly number[], d: number): Float32Array {
  if (row.length !== d) throw new RangeError(`${name} has ${row.length} numbers, not ${d}: refused as wrong-shape`)
  const numbers = Float32Array.from(row)
  const at = numbers.findIndex((value) => !Number.isFinite(value))
  if (at >= 0) throw new RangeError(`${name}[${at}] is ${row[at]}, not a finite 32-bit number: refused as not-finite`)
  return numbers
}

/** Numbers for JSON, with non-finite ones as strings. */
export function encode(numbers: Float32Array): (number | string)[] {
  return Array.from(numbers, encodeNumber)
}

export function encodeNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}
