import * as z from 'zod'
import type { ExactInput, PreAggregatorFacts, Row, RuleFacts } from './facts.ts'

/** The library in which parameters are declared, for files outside of this package: https://zod.dev. */
export { z }

/** Input of a rule at one peer in one round. All vectors have the same length d. */
export interface AggregationInput {
  /** The peer's own vector and those received (n x d), in ascending peer index. Never mutated. */
  readonly vectors: readonly Float32Array[]
  /** Position of the peer's own vector in `vectors`. */
  readonly own: number
  /** Mixing weights (n), in the order of `vectors`. They sum to 1; the peer takes the weight of missing neighbours. */
  readonly weights: readonly number[]
  /** The round, from 0, and the number of rounds of the run: some rules tighten over time. */
  readonly round: number
  readonly rounds: number
  /** Loss of each model (n) on one batch of the peer's data; only for rules that declare `needs: ['loss']`. */
  readonly losses?: readonly number[]
  /** The `state` that this rule last returned at this peer. */
  readonly state?: RuleState
  /** Peer index of each vector (n), for rules that remember senders. Default: the positions 0 to n - 1. */
  readonly members?: readonly number[]
  /** Squared distances of `vectors` (n x n), if a pre-aggregator knows them. Never mutated. */
  readonly distances?: Float64Array
  /** Uniform numbers in [0, 1), keyed by seed, peer and round; only rules and pre-aggregators that draw need them. */
  readonly random?: () => number
}

/** Memory of a rule between rounds, e.g. the centre of centered clipping. Plain data, for checkpoints. */
export type RuleState = Float32Array

export interface AggregationOutput {
  /** The aggregate (d): a new array, never one of the inputs. */
  readonly output: Float32Array
  /**
   * Share of each input in the output (n); they sum to about 1, and 0 means trimmed away. For linear rules it is the
   * input's weight. For coordinate-wise rules it is the share of coordinates (times weight) in which the input counts.
   * It is counted on at most 256 evenly spread coordinates, because all would cost more than the rule.
   */
  readonly influence: readonly number[]
  readonly state?: RuleState
}

/** Byzantine vectors tolerated: a count, or a share of the closed neighbourhood, rounded down. */
export const tolerance = z
  .union([z.int().min(0), z.strictObject({ share: z.number().min(0).max(0.5) })])
  .describe('Byzantine vectors tolerated: a number, or { share } of the closed neighbourhood, rounded down')
export type Tolerance = z.output<typeof tolerance>

/** f as a count, for a closed neighbourhood of n vectors. */
export function resolveTolerance(f: Tolerance, n: number): number {
  return typeof f === 'number' ? f : Math.floor(f.share * n + 1e-9)
}

type Shape = Record<string, z.ZodType>
/** Parsed parameters, with `f` resolved to a count. */
export type Resolved<S extends Shape> = {
  [K in keyof z.output<z.ZodObject<S>>]: K extends 'f' ? number : z.output<z.ZodObject<S>>[K]
}

/** A subset of the parameters, as written in an experiment file. */
type Values<S extends Shape> = Partial<z.input<z.ZodObject<S>>>

export type Aggregate = (input: AggregationInput) => AggregationOutput

/**
 * A rule in 64-bit numbers: from vectors (n x d), the victim's own at position `own` (default 0), to the aggregate (d).
 */
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
  /** Minimum n (own vector included) for which the rule is defined at these parameters. */
  minimum(parameters: Resolved<S>): number
  /** `minimum` in symbols, e.g. `n > 2f`. */
  readonly requires: string
  /** Throws RangeError for conditions beyond the minimum n, e.g. a search over too many subsets. */
  check?(n: number, parameters: Resolved<S>): void
  /**
   * For a rule without f: the maximum number of Byzantine vectors among n with which its output stays bounded (the
   * breakdown point of the estimator), and the condition in symbols. Left out if the paper gives none.
   */
  readonly breakdown?: { readonly condition: string; maxByzantine(n: number): number }
  /** Inputs that must be computed before the call. */
  readonly needs?: readonly 'loss'[]
  /** Whether the output depends on the position of the peer's own vector. Default: the rule treats all vectors alike. */
  selfCentred?(parameters: Resolved<S>): boolean
  aggregate(input: AggregationInput, parameters: Resolved<S>): AggregationOutput
}

export interface ConfiguredRule {
  readonly name: string
  /** Byzantine vectors tolerated; 0 for rules without f. */
  readonly f: number
  /** Minimum number of vectors (own included) that it aggregates. */
  readonly minimum: number
  readonly needs: readonly 'loss'[]
  /** Whether peers with the same vectors get different outputs, each centred on its own vector. */
  readonly selfCentred?: boolean
  readonly aggregate: Aggregate
}

/**
 * Declares a rule. `config` is the schema of `{ name, ...parameters }`. `configure` parses such a value for a
 * neighbourhood of n vectors and returns the configured rule. Throws RangeError if n is too small for f.
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
    /** The 64-bit twin at these values, for any n; undefined if the rule declares none. */
    configureExact(values: unknown): ((input: ExactInput) => Float64Array) | undefined {
      if (!declaration.exact) return undefined
      const parsed = parse(values)
      return (input) => declaration.exact?.(input, parsed(input.rows.length).parameters) as Float64Array
    },
  }
}

/** The schema of `{ name, ...parameters }` and its parser, which resolves f to a count for n vectors. */
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

/** Output of a pre-aggregator and input of the rule behind it. */
export interface PreAggregated {
  /** The new vectors (n' x d), in new arrays. */
  readonly vectors: readonly Float32Array[]
  /** Row i holds the share of each input in output i (n' x n); it traces influence back to the inputs. */
  readonly mixing: readonly (readonly number[])[]
  /** Position of the output that contains the peer's own vector. */
  readonly own: number
  /** Squared distances of the new vectors (n' x n'), if they follow from those of the inputs. */
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
  /** Number of output vectors for n inputs. Default: n. */
  outputs?(n: number, parameters: Resolved<S>): number
  transform(input: AggregationInput, parameters: Resolved<S>): PreAggregated
}

export interface ConfiguredPreAggregator {
  readonly name: string
  /** Byzantine vectors tolerated; 0 for pre-aggregators without f. */
  readonly f: number
  readonly minimum: number
  /** Number of output vectors for n inputs. */
  readonly outputs: (n: number) => number
  readonly transform: (input: AggregationInput) => PreAggregated
}

/** Declares a pre-aggregator, which runs before a rule: `before: [{ name: nnm, f: 1 }]`. */
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
    /** The 64-bit twin at these values, for any n; undefined if none is declared or if it would draw at random. */
    configureExact(values: unknown): ((input: ExactInput) => ExactInput) | undefined {
      if (!declaration.exact) return undefined
      const parsed = parse(values)
      if (declaration.draws?.(parsed(0).parameters)) return undefined
      return (input) => declaration.exact?.(input, parsed(input.rows.length).parameters) as ExactInput
    },
  }
}
