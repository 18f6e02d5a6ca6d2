import { z } from 'zod'
import type { Random } from '#learning/random.ts'

/** An undirected edge, lower index first. */
export type Edge = readonly [number, number]

type Shape = Record<string, z.ZodType>

interface TopologyDeclaration<N extends string, S extends Shape> {
  readonly name: N
  readonly summary: string
  readonly reference?: string
  readonly parameters: S
  /**
   * The edges among n peers: each once, lower index first, sorted, no loops. Throws RangeError with what would
   * be right where n does not fit the parameters. `random` is used by random graphs only.
   */
  edges(parameters: z.output<z.ZodObject<S>>, n: number, random: Random): Edge[]
}

/** Declares a topology; `config` is the schema of `{ name, ...parameters }`. */
export function defineTopology<const N extends string, S extends Shape>(declaration: TopologyDeclaration<N, S>) {
  const config = z.strictObject({ name: z.literal(declaration.name), ...declaration.parameters })
  const shape = z.strictObject(declaration.parameters)
  return {
    ...declaration,
    config,
    build(values: unknown, n: number, random: Random): Edge[] {
      const { name: _, ...rest } = config.parse(values) as Record<string, unknown>
      return declaration.edges(shape.parse(rest) as z.output<z.ZodObject<S>>, n, random)
    },
  }
}
