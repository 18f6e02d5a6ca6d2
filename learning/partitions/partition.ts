import * as z from 'zod'
import type { Random } from '../random.ts'

type Shape = Record<string, z.ZodType>

interface PartitionDeclaration<N extends string, S extends Shape> {
  readonly name: N
  readonly summary: string
  readonly reference?: string
  readonly parameters: S
  /**
   * Splits the training examples among n peers: n disjoint lists of indices that cover all examples.
   * Throws RangeError if it cannot give every peer at least one example.
   */
  split(parameters: z.output<z.ZodObject<S>>, labels: Uint8Array, n: number, random: Random): Uint32Array[]
}

/** Declares a partition; `config` is the schema of `{ name, ...parameters }`. */
export function definePartition<const N extends string, S extends Shape>(declaration: PartitionDeclaration<N, S>) {
  const config = z.strictObject({ name: z.literal(declaration.name), ...declaration.parameters })
  const shape = z.strictObject(declaration.parameters)
  return {
    ...declaration,
    config,
    assign(values: unknown, labels: Uint8Array, n: number, random: Random): Uint32Array[] {
      const { name: _, ...rest } = config.parse(values) as Record<string, unknown>
      return declaration.split(shape.parse(rest) as z.output<z.ZodObject<S>>, labels, n, random)
    },
  }
}
