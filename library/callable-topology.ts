import type * as z from 'zod'
import type { Random } from '#learning/random.ts'
import { randomStream } from '#learning/random.ts'
import { neighbourLists } from '#topology/graph.ts'
import { edgeWeights, type MixingRow, mixingRows } from '#topology/mixing.ts'
import type { Edge, Repetition, WeightsOption } from '#topology/topology.ts'
import type { Arguments, MethodConfig } from './callable-rule.ts'
import { named, naming, parametersOf } from './parameters.ts'

/** What a topology gets beside the number of peers. */
export interface GraphOptions {
  /** Seed of random graphs, unless the parameters have their own. Default: 1, as in experiments. */
  readonly seed?: number
  /** The round, from 0, for graphs that change. Default: 0. */
  readonly round?: number
}

export interface Graph {
  readonly n: number
  /** Each edge once, lower index first, sorted. */
  readonly edges: readonly Edge[]
  /** Neighbours of each peer (n lists), ascending. */
  readonly neighbours: readonly (readonly number[])[]
  /** Mixing weights of each peer (n rows), over its closed neighbourhood; the weights of a row sum to 1. */
  readonly mixing: readonly MixingRow[]
  /** Number of rounds after which the graph repeats: 1 if it never changes, Infinity if each round draws its own. */
  readonly period: number
}

/**
 * A topology with its parameters: called with the number of peers n, it returns the graph, equal to the graph of an
 * experiment with the same seed. Throws RangeError with one line if n does not fit the parameters.
 */
export interface Topology<Config extends MethodConfig = MethodConfig> {
  (n: number, options?: GraphOptions): Graph
  /** Name and parameters, as an experiment has them in `topology`. */
  readonly config: Config
}

interface TopologyDeclaration<Schema extends z.ZodObject> {
  readonly name: string
  readonly config: Schema
  build(values: unknown, n: number, random: Random, round?: number): Edge[]
  repeats(values: unknown, n: number): Repetition
  weigh(
    values: unknown,
    n: number,
    edges: readonly Edge[],
  ): Exclude<WeightsOption, 'from-file' | 'as-published'> | readonly number[]
}

/** Makes a topology from its parameters. */
export type TopologyFactory<Schema extends z.ZodObject> = (
  ...given: Arguments<Schema>
) => Topology<z.output<Schema> & MethodConfig>

/** A factory of callable topologies from a declaration of `defineTopology`. */
export function callableTopology<Schema extends z.ZodObject>(
  declaration: TopologyDeclaration<Schema>,
): TopologyFactory<Schema> {
  return (...given) => {
    const { name } = declaration
    const config = parametersOf(name, declaration.config, given[0] ?? {}) as z.output<Schema> & MethodConfig
    const build = (n: number, { seed = 1, round = 0 }: GraphOptions = {}): Graph =>
      naming(name, () => {
        if (!Number.isInteger(n) || n < 1) throw new RangeError(`n: must be a whole number, at least 1, got ${n}`)
        const { period } = declaration.repeats(config, n)
        const stream = randomStream(
          (config.seed as number | undefined) ?? seed,
          'topology',
          -1,
          period === 1 ? -1 : round,
        )
        const edges = declaration.build(config, n, stream, round)
        const weighting = declaration.weigh(config, n, edges)
        const neighbours = neighbourLists(n, edges)
        const weights = typeof weighting === 'string' ? weighting : edgeWeights(n, edges, weighting)
        return { n, edges, neighbours, mixing: mixingRows(neighbours, weights), period }
      })
    return Object.assign(named(build, name), { config })
  }
}
