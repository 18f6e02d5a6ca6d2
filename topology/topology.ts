import * as z from 'zod'
import type { Random } from '#learning/random.ts'

/** An undirected edge, lower index first. */
export type Edge = readonly [number, number]

type Shape = Record<string, z.ZodType>

/** The seed of a random graph: a parameter of every topology that draws. */
export const graphSeed = z
  .int()
  .min(0)
  .optional()
  .describe("Seed of the graph only, to combine graphs with other seeds (default: the run's seed)")

const schemes = ['metropolis-hastings', 'maximum-degree', 'uniform'] as const
/** Weights of edges: a scheme that every graph has, or the graph's own weights. */
export type WeightsOption = (typeof schemes)[number] | 'from-file' | 'as-published'

interface TopologyDeclaration<N extends string, S extends Shape> {
  readonly name: N
  readonly summary: string
  readonly reference?: string
  readonly parameters: S
  /**
   * Edges among n peers: each once, lower index first, sorted, no loops. Throws RangeError with the right values if n
   * does not fit the parameters. Only random graphs use `random`, only time-varying ones `round`.
   */
  edges(parameters: z.output<z.ZodObject<S>>, n: number, random: Random, round: number): Edge[]
  /**
   * Time-varying graphs only: the number of rounds after which the graph repeats, Infinity if each round draws its own.
   * Left out: the graph is the same in every round.
   */
  period?(parameters: z.output<z.ZodObject<S>>, n: number): number
  /** Time-varying graphs only: whether every peer has the same degree in every round. */
  regular?(parameters: z.output<z.ZodObject<S>>): boolean
  /** Time-varying graphs with differing degrees: the minimum degree of any peer in any round. */
  minDegree?(parameters: z.output<z.ZodObject<S>>): number
  /** The graph's own weights, one per edge in the order of the edges, equal in both directions. */
  readonly weights?: {
    readonly name: 'from-file' | 'as-published'
    /** Undefined if the graph has no weights at these parameters. */
    of(parameters: z.output<z.ZodObject<S>>, n: number, edges: readonly Edge[]): readonly number[] | undefined
  }
}

/** How a graph changes from round to round. */
export interface Repetition {
  /** Number of rounds after which the graph repeats: 1 if it never changes, Infinity if each round draws its own. */
  readonly period: number
  /** Whether every peer has the same degree in all rounds. */
  readonly regular: boolean
  /** Minimum degree of a peer in any round; 0 if unknown beforehand. */
  readonly minDegree: number
}

/** Declares a topology. `config` is the schema of `{ name, ...parameters, weights }`. */
export function defineTopology<const N extends string, S extends Shape>(declaration: TopologyDeclaration<N, S>) {
  const { weights: own } = declaration
  const scheme = z
    .enum([...schemes, ...(own ? [own.name] : [])])
    .optional()
    .describe(
      `Mixing weights: metropolis-hastings (doubly stochastic, the default${own ? ` unless the graph has its own: ${own.name}` : ''}); maximum-degree (doubly stochastic); uniform over the closed neighbourhood (only row-stochastic if degrees differ)`,
    ) as unknown as z.ZodOptional<z.ZodType<WeightsOption, WeightsOption>>
  const config = z.strictObject({ name: z.literal(declaration.name), ...declaration.parameters, weights: scheme })
  const shape = z.strictObject(declaration.parameters)
  const parse = (values: unknown) => {
    const { name: _, weights, ...rest } = config.parse(values) as { weights?: WeightsOption } & Record<string, unknown>
    return { weights, parameters: shape.parse(rest) as z.output<z.ZodObject<S>> }
  }
  return {
    ...declaration,
    config,
    build(values: unknown, n: number, random: Random, round = 0): Edge[] {
      return declaration.edges(parse(values).parameters, n, random, round)
    },
    repeats(values: unknown, n: number): Repetition {
      const { parameters } = parse(values)
      return {
        period: declaration.period?.(parameters, n) ?? 1,
        regular: declaration.regular?.(parameters) ?? false,
        minDegree: declaration.minDegree?.(parameters) ?? 0,
      }
    },
    /**
     * The name of a scheme, or a weight for each edge. Throws RangeError if the graph should have its own weights and
     * has none.
     */
    weigh(
      values: unknown,
      n: number,
      edges: readonly Edge[],
    ): Exclude<WeightsOption, 'from-file' | 'as-published'> | readonly number[] {
      const { weights, parameters } = parse(values)
      if (weights === 'from-file' || weights === 'as-published' || weights === undefined) {
        const given = own?.of(parameters, n, edges)
        if (given) return given
        if (weights)
          throw new RangeError(
            `${declaration.name} has no weights of its own at these parameters, got weights=${weights}`,
          )
        return 'metropolis-hastings'
      }
      return weights
    },
  }
}
