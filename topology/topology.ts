import { z } from 'zod'
import type { Random } from '#learning/random.ts'

/** An undirected edge, lower index first. */
export type Edge = readonly [number, number]

type Shape = Record<string, z.ZodType>

/** Seed of a random graph's own, a parameter of every topology that draws. */
export const graphSeed = z
  .int()
  .min(0)
  .optional()
  .describe("Seed of the graph alone, so that graphs can be crossed with trainings; the run's seed")

const schemes = ['metropolis-hastings', 'maximum-degree', 'uniform'] as const
/** How edges are weighed: by a scheme that every graph has, or as the graph itself says. */
export type WeightsOption = (typeof schemes)[number] | 'from-file' | 'as-published'

interface TopologyDeclaration<N extends string, S extends Shape> {
  readonly name: N
  readonly summary: string
  readonly reference?: string
  readonly parameters: S
  /**
   * The edges among n peers: each once, lower index first, sorted, no loops. Throws RangeError with what would
   * be right where n does not fit the parameters. `random` is used by random graphs only, `round` by time-varying
   * ones only.
   */
  edges(parameters: z.output<z.ZodObject<S>>, n: number, random: Random, round: number): Edge[]
  /**
   * Time-varying graphs alone: after how many rounds the graph repeats; Infinity where each round draws its own.
   * Without, the graph is the same in every round.
   */
  period?(parameters: z.output<z.ZodObject<S>>, n: number): number
  /** Time-varying graphs alone: every peer has the same degree in every round. */
  regular?(parameters: z.output<z.ZodObject<S>>): boolean
  /** Time-varying graphs whose degrees differ: the least that any peer may have in any round. */
  minDegree?(parameters: z.output<z.ZodObject<S>>): number
  /** Weights that the graph brings along, one an edge in the order of the edges, the same in both directions. */
  readonly weights?: {
    readonly name: 'from-file' | 'as-published'
    /** Undefined where these parameters bring none. */
    of(parameters: z.output<z.ZodObject<S>>, n: number, edges: readonly Edge[]): readonly number[] | undefined
  }
}

/** How a graph changes with the rounds. */
export interface Repetition {
  /** After how many rounds the graph repeats: 1 where it does not change, Infinity where each round draws its own. */
  readonly period: number
  /** Whether all rounds give every peer the same degree. */
  readonly regular: boolean
  /** The least degree that a peer may have in any round; 0 where that is not known beforehand. */
  readonly minDegree: number
}

/** Declares a topology; `config` is the schema of `{ name, ...parameters, weights }`. */
export function defineTopology<const N extends string, S extends Shape>(declaration: TopologyDeclaration<N, S>) {
  const { weights: own } = declaration
  const scheme = z
    .enum([...schemes, ...(own ? [own.name] : [])])
    .optional()
    .describe(
      `Mixing weights: metropolis-hastings (doubly stochastic, the default${own ? ` unless the graph brings its own: ${own.name}` : ''}); maximum-degree (doubly stochastic); uniform over the closed neighbourhood (row-stochastic only where degrees differ)`,
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
    /** The name of a scheme, or weights edge by edge. Throws RangeError where the graph has none of its own. */
    weigh(
      values: unknown,
      n: number,
      edges: readonly Edge[],
    ): Exclude<WeightsOption, 'from-file' | 'as-published'> | readonly number[] {
      const { weights, parameters } = parse(values)
      if (weights === 'from-file' || weights === 'as-published' || weights === undefined) {
        const given = own?.of(parameters, n, edges)
        if (given) return given
        if (weights) throw new RangeError(`${declaration.name} brings no weights of its own here: weights=${weights}`)
        return 'metropolis-hastings'
      }
      return weights
    },
  }
}
