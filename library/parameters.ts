import * as z from 'zod'
import { explainIssue, type SchemaNode } from '#protocol/loading/issues.ts'

/**
 * Checks the parameters of a method and applies its defaults. Throws RangeError with one line that names each wrong
 * value and the right ones, such as `krum: f: is missing; it takes a whole number, at least 0`.
 */
export function parametersOf<S extends z.ZodObject>(name: string, schema: S, given: object): z.output<S> {
  const values = { ...given, name }
  const result = schema.safeParse(values)
  if (result.success) return result.data
  const { properties, ...known } = z.toJSONSchema(schema, { io: 'input' }) as SchemaNode
  const { name: _, ...parameters } = properties ?? {}
  const lines = result.error.issues.flatMap((issue) =>
    explainIssue(issue, values, { ...known, properties: parameters }),
  )
  throw new RangeError(`${name}: ${lines.join('; ')}`)
}

/** Runs a method, and puts its name before the message of a RangeError that does not begin with it. */
export function naming<T>(name: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    const named = error instanceof RangeError && [': ', ' '].some((next) => error.message.startsWith(`${name}${next}`))
    if (!(error instanceof RangeError) || named) throw error
    throw new RangeError(`${name}: ${error.message}`, { cause: error })
  }
}

/** Gives a function the name of its method, for stack traces and debuggers. */
export function named<F extends (...given: never[]) => unknown>(run: F, name: string): F {
  return Object.defineProperty(run, 'name', { value: name, configurable: true })
}
