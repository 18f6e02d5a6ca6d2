import { type Configure, compose, composeStages, composeUnweighted } from '#aggregation/compose.ts'
import type {
  AggregationInput,
  AggregationOutput,
  ConfiguredPreAggregator,
  ConfiguredRule,
  RuleState,
} from '#aggregation/rule.ts'
import { randomStream } from '#learning/random.ts'

/** The input of one aggregation beside the vectors. Each has a default. */
export interface AggregationContext {
  /** Index of the peer's own vector. Default: 0. */
  readonly own?: number | undefined
  /** Mixing weights (n), which sum to 1. Default: equal weights, also for the buckets of bucketing. */
  readonly weights?: readonly number[] | undefined
  /** Loss of each vector's model (n), for rules that need losses. */
  readonly losses?: readonly number[] | undefined
  /** State that the rule returned at this peer in the round before, for rules with memory. */
  readonly state?: RuleState | null | undefined
  /** Peer index of each vector (n), for rules that remember senders. Default: 0 to n - 1. */
  readonly members?: readonly number[] | undefined
  /** The round, from 0; some rules depend on it. Default: 0. */
  readonly round?: number | undefined
  /** Rounds of the run. Default: `round` + 1. */
  readonly rounds?: number | undefined
  /** Seed of random numbers, for methods that draw; the stream also depends on own and round. Default: 0. */
  readonly seed?: number | undefined
}

/** A method, and how it is configured for n vectors. */
export type Stage = Configure<ConfiguredPreAggregator>

/**
 * Aggregates n vectors (n x d) once, as one peer does in one round. Throws RangeError with one line if the context does
 * not fit the vectors or the rule.
 */
export function aggregateOnce(
  rule: Configure<ConfiguredRule>,
  before: readonly Stage[],
  vectors: readonly Float32Array[],
  context: AggregationContext,
): AggregationOutput {
  const n = vectors.length
  const configured = (context.weights ? compose : composeUnweighted)(before, rule, n)
  const input = inputOf(vectors, context)
  if (configured.needs.includes('loss') && !context.losses)
    throw new RangeError(`losses: are missing; ${configured.name} needs one for each input`)
  const result = configured.aggregate(input)
  if (context.state && !result.state) throw new RangeError(`state: must be left out; ${configured.name} has no memory`)
  return result
}

/** Runs pre-aggregators alone: from n vectors (n x d) to n' vectors (n' x d). Throws RangeError as `aggregateOnce`. */
export function transformOnce(
  before: readonly Stage[],
  vectors: readonly Float32Array[],
  context: AggregationContext,
): readonly Float32Array[] {
  return composeStages(before, vectors.length).transform(inputOf(vectors, context)).vectors
}

function inputOf(vectors: readonly Float32Array[], context: AggregationContext): AggregationInput {
  const { own = 0, losses, state, members, round = 0, seed = 0 } = context
  const n = vectors.length
  if (!Number.isInteger(own) || own < 0 || own >= n)
    throw new RangeError(`own: must be the index of an input, 0 to ${n - 1}, got ${own}`)
  const weights = context.weights ?? vectors.map(() => 1 / n)
  if (weights.length !== n)
    throw new RangeError(`weights: must be ${n} numbers, one for each input, got ${weights.length}`)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (!(Math.abs(total - 1) <= 1e-6)) throw new RangeError(`weights: must sum to 1, got a sum of ${total}`)
  const rounds = context.rounds ?? round + 1
  if (!(rounds > round))
    throw new RangeError(`rounds: must be more than round=${round}, which counts from 0, got ${rounds}`)
  if (losses && losses.length !== n)
    throw new RangeError(`losses: must be ${n} numbers, one for each input, got ${losses.length}`)
  if (members && (members.length !== n || new Set(members).size !== n))
    throw new RangeError(`members: must be ${n} different indices, one for each input, got ${new Set(members).size}`)
  return {
    vectors,
    own,
    weights,
    round,
    rounds,
    random: randomStream(seed, 'aggregation', members?.[own] ?? own, round),
    ...(members ? { members } : {}),
    ...(losses ? { losses } : {}),
    ...(state ? { state } : {}),
  }
}
