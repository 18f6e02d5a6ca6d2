import { namesAt } from './issues.ts'
import { experimentJsonSchema } from './schema-guide.ts'

type Json = Record<string, unknown>

/**
 * An experiment with its short forms written out: a text instead of a section with a name is that name
 * (`aggregation: median`), and a number instead of `peers` is the number of honest peers. Other values stay.
 */
export function writtenOut(experiment: Json): Json {
  return expand(experiment, [], experiment) as Json
}

/** The value at a path of the experiment, with its short forms written out. */
export function expand(value: unknown, path: readonly PropertyKey[], experiment: unknown): unknown {
  if (path.length === 1 && path[0] === 'peers' && typeof value === 'number') return { honest: value }
  if (typeof value === 'string') return takesName(path, experiment) ? { name: value } : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((entry, i) => expand(entry, [...path, i], experiment))
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, expand(inner, [...path, key], experiment)]),
  )
}

/** Whether a path takes a section with a name. */
export function takesName(path: readonly PropertyKey[], experiment: unknown): boolean {
  return namesAt(path, experiment, experimentJsonSchema()).length > 0
}
