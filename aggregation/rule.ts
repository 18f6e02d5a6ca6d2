import { z } from 'zod'
import type { ExactInput, PreAggregatorFacts, Row, RuleFacts } from './facts.ts'

/** What a rule sees of one round at one peer. Vectors all have the same length d. */
export interface AggregationInput {
  /** n vectors, in ascending peer index, the peer's own among them. Never mutated. */
  readonly vectors: readonly Float32Array[]
  /** Position of the peer's own vector in `vectors`. */
  readonly own: number
  /** Mixing weights (n), in the order of `vectors`; they sum to 1 (a missing neighbour's weight went to self). */
  readonly weights: readonly number[]
  /** The round, from 0, and how many the run has: some rules tighten with time. */
  readonly round: number
  readonly rounds: number
  /** Loss of each vector's model on one batch of the peer's own; only for rules that declare `needs: ['loss']`. */
  readonly losses?: readonly number[]
  /** What this rule returned as `state` the last time at this peer. */
  readonly state?: RuleState
  /** Peer index of each vector, for rules that remember who sent what; the positions where it is left out. */
  readonly members?: readonly number[]
  /** Squared distances of `vectors` (n x n, not to be changed), where a pre-aggregator knows them. */
  readonly distances?: Float64Array
  /** Uniform numbers in [0, 1), keyed by seed, peer and round; only rules and pre-aggregators that draw need it. */
  readonly random?: () => number
}

/** Memory of a rule between rounds, e.g. the centre of centered clipping. Plain data, so that it can be checkpointed. */
export type RuleState = Float32Array

export interface AggregationOutput {
  /** The aggregate (d); fresh, never one of the inputs themselves. */
  readonly output: Float32Array
  /**
   * How much each input counts in the output (n): its weight in linear rules, the share of
   * coordinates (times weight) in coordinate-wise ones, counted on at most 256 coordinates, evenly spread, since all
   * would cost more than the rule itself. Sums to about 1; 0 means trimmed away.
   */
  readonly influence: readonly number[]
  readonly state?: RuleState
}

/** Byzantine vectors tolerated: a count, or a share of the neighbourhood (own included), rounded down. */
export const tolerance = z
  .union([z.int().min(0), z.strictObject({ share: z.number().min(0).max(0.5) })])
  .describe('Byzantine vectors tolerated: a number, or { share } of the closed neighbourhood, rounded down')
export type Tolerance = z.output<typeof tolerance>

/** f of a neighbourhood of n vectors (own included). */
export function resolveTolerance(f: Tolerance, n: number): number {
  return typeof f === 'number' ? f : Math.floor(f.share * n + 1e-9)
}

type Shape = Record<string, z.ZodType>
/** Parsed parameters, with `f` resolved to a count. */
export type Resolved<S extends Shape> = {
  [K in keyof z.output<z.ZodObject<S>>]: K extends 'f' ? number : z.output<z.ZodObject<S>>[K]
}

/** Some of the parameters, as they stand in an experiment file. */
type Values<S extends Shape> = Partial<z.input<z.ZodObject<S>>>

export type Aggregate = (input: AggregationInput) => AggregationOutput

/** A rule in 64-bit numbers: vectors (n x d), the victim's own among them at `own` (0), to the aggregate (d). */
export type ExactRule = (vectors: readonly Row[], own?: number) => Float64Array

interface RuleDeclaration<N extends string, S extends Shape> extends RuleFacts<Resolved<S>, Values<S>> {
  /** Name in experiment files, kebab-case. */
  readonly name: N
  /** One line for tables. */
  readonly summary: string
  /** Link to the paper. */
  readonly reference: string
  readonly parameters: S
  /** Asymptotic cost in n and d, for the table of rules. */
  readonly cost: string
  /** The least n (own included) for which the rule is defined at these parameters. */
  minimum(parameters: Resolved<S>): number
  /** `minimum` in symbols, e.g. `n > 2f`. */
  readonly requires: string
  /** Throws RangeError for what the least n does not say, e.g. a search over too many subsets. */
  check?(n: number, parameters: Resolved<S>): void
  /**
   * Of a rule without an f: the most Byzantine vectors among n under which its output stays bounded whatever they are
   * (the breakdown point of the estimator), and the same in symbols. Left out where its paper gives none.
   */
  readonly breakdown?: { readonly condition: string; maxByzantine(n: number): number }
  /** What must be computed before the call. */
  readonly needs?: readonly 'loss'[]
  /** Whether the output depends on which vector is the peer's own; rules without this treat all vectors alike. */
  selfCentred?(parameters: Resolved<S>): boolean
  aggregate(input: AggregationInput, parameters: Resolved<S>): AggregationOutput
}

export interface ConfiguredRule {
  readonly name: string
  /** Byzantine vectors tolerated here; 0 for rules that tolerate none. */
  readonly f: number
  /** The least number of vectors (own included) that may be aggregated. */
  readonly minimum: number
  readonly needs: readonly 'loss'[]
  /** Whether peers with the same vectors get different outputs, each around its own. */
  readonly selfCentred?: boolean
  readonly aggregate: Aggregate
}

/**
 * Declares a rule. `config` is the schema of `{ name, ...parameters }`; `configure` parses such a value for
 * a neighbourhood of n vectors and closes over the result. Throws RangeError where n is too small for f.
 */
export function defineRule<const N extends string, S extends Shape>(declaration: RuleDeclaration<N, S>) {
  const { config, parse } = parserOf(declaration)
  return {
    ...declaration,
    config,
    configure(values: unknown, n: number): ConfiguredRule {
      const { f, parameters } = parse(values)(n)
      const minimum = declaration.minimum(parameters)
      if (n < minimum) {
        throw new RangeError(`${declaration.name} needs ${declaration.requires}, got n=${n}, f=${f}`)
      }
      declaration.check?.(n, parameters)
      return {
        name: declaration.name,
        f,
        minimum,
        needs: declaration.needs ?? [],
        selfCentred: declaration.selfCentred?.(parameters) ?? false,
        aggregate: (input) => declaration.aggregate(input, parameters),
      }
    },
    /** The 64-bit twin at these values, for any n; undefined where the rule declares none. */
    configureExact(values: unknown): ((input: ExactInput) => Float64Array) | undefined {
      if (!declaration.exact) return undefined
      const parsed = parse(values)
      return (input) => declaration.exact?.(input, parsed(input.rows.length).parameters) as Float64Array
    },
  }
}

/** The schema of `{ name, ...parameters }`, and what parses such a value: for n vectors f is a count. */
function parserOf<const N extends string, S extends Shape>({ name, parameters }: { name: N; parameters: S }) {
  const config = z.strictObject({ name: z.literal(name), ...parameters })
  const shape = z.strictObject(parameters)
  const parse = (values: unknown) => {
    const { name: _, ...rest } = config.parse(values) as Record<string, unknown>
    const parsed = shape.parse(rest) as Record<string, unknown>
    return (n: number) => {
      const f = 'f' in parsed ? resolveTolerance(parsed.f as Tolerance, n) : 0
      return { f, parameters: ('f' in parsed ? { ...parsed, f } : parsed) as Resolved<S> }
    }
  }
  return { config, parse }
}

/** What a pre-aggregator makes of the inputs of a rule. */
export interface PreAggregated {
  /** The new vectors (n' x d), fresh. */
  readonly vectors: readonly Float32Array[]
  /** Row i says how output i mixes the inputs (n' x n), so that influence can be traced back. */
  readonly mixing: readonly (readonly number[])[]
  /** Where the peer's own vector went. */
  readonly own: number
  /** Squared distances of the new vectors (n' x n'), where they follow from those of the inputs. */
  readonly distances?: Float64Array
}

interface PreAggregatorDeclaration<N extends string, S extends Shape>
  extends PreAggregatorFacts<Resolved<S>, Values<S>> {
  readonly name: N
  readonly summary: string
  readonly reference: string
  readonly parameters: S
  readonly cost: string
  readonly requires: string
  minimum(parameters: Resolved<S>): number
  /** How many vectors come out of n; n itself where this is left out. */
  outputs?(n: number, parameters: Resolved<S>): number
  transform(input: AggregationInput, parameters: Resolved<S>): PreAggregated
}

export interface ConfiguredPreAggregator {
  readonly name: string
  /** Byzantine vectors tolerated here; 0 for pre-aggregators without an f. */
  readonly f: number
  readonly minimum: number
  /** How many vectors come out of n. */
  readonly outputs: (n: number) => number
  readonly transform: (input: AggregationInput) => PreAggregated
}

/** Declares a pre-aggregator, which stands before a rule: `before: [{ name: nnm, f: 1 }]`. */
export function definePreAggregator<const N extends string, S extends Shape>(
  declaration: PreAggregatorDeclaration<N, S>,
) {
  const { config, parse } = parserOf(declaration)
  return {
    ...declaration,
    config,
    configure(values: unknown, n: number): ConfiguredPreAggregator {
      const { f, parameters } = parse(values)(n)
      const minimum = declaration.minimum(parameters)
      if (n < minimum) {
        throw new RangeError(`${declaration.name} needs ${declaration.requires}, got n=${n}, f=${f}`)
      }
      return {
        name: declaration.name,
        f,
        minimum,
        outputs: (count) => declaration.outputs?.(count, parameters) ?? count,
        transform: (input) => declaration.transform(input, parameters),
      }
    },
    /** The 64-bit twin at these values, for any n; undefined where none is declared, or where it would have to draw. */
    configureExact(values: unknown): ((input: ExactInput) => ExactInput) | undefined {
      if (!declaration.exact) return undefined
      const parsed = parse(values)
      if (declaration.draws?.(parsed(0).parameters)) return undefined
      return (input) => declaration.exact?.(input, parsed(input.rows.length).parameters) as ExactInput
    },
  }
}
