import type { PipelineConfig } from '#aggregation/pipeline.ts'
import type { AggregationOutput } from '#aggregation/rule.ts'
import type { AggregationRequest } from './ports.ts'

/** Rules and pre-aggregators that look at nothing but vectors and weights: not at whose they are, nor at chance. */
export const impersonal: readonly string[] = [
  'average',
  'median',
  'trimmed-mean',
  'mean-around-median',
  'krum',
  'multi-krum',
  'bulyan',
  'geometric-median',
  'mda',
  'caf',
  'smea',
  'cge',
  'faba',
  'nnm',
]

interface Shared {
  readonly request: AggregationRequest
  readonly neighbourhood: number
  readonly result: Promise<AggregationOutput>
}

/**
 * Aggregates each distinct input once: peers that hold the same arrays in the same order, with the same weights, get
 * the same result, bit for bit, in memory of their own. Other than `impersonal` methods are computed for each peer.
 * Keeps the inputs of the last two rounds. O(n^2) comparisons of identity per aggregation at most.
 */
export function shareAggregations(
  { name, before = [] }: PipelineConfig,
  aggregate: (request: AggregationRequest, neighbourhood: number) => Promise<AggregationOutput>,
): (request: AggregationRequest, neighbourhood: number) => Promise<AggregationOutput> {
  const all = [name, ...before.map((stage) => stage.name)]
  if (!all.every((method) => impersonal.includes(method))) return aggregate
  const rounds = new Map<number, Shared[]>()
  return async (request, neighbourhood) => {
    const { round } = request
    for (const old of rounds.keys()) if (old < round - 1) rounds.delete(old)
    const known = rounds.get(round) ?? []
    rounds.set(round, known)
    const same = known.find((other) => other.neighbourhood === neighbourhood && alike(other.request, request))
    if (same) {
      const { output, ...rest } = await same.result
      return { ...rest, output: output.slice() }
    }
    const result = aggregate(request, neighbourhood)
    known.push({ request, neighbourhood, result })
    const { output, ...rest } = await result
    // The first one's copy may be changed by its owner before the others ask.
    return { ...rest, output: output.slice() }
  }
}

function alike(a: AggregationRequest, b: AggregationRequest): boolean {
  return (
    a.vectors.length === b.vectors.length &&
    a.vectors.every((vector, i) => vector === b.vectors[i] && a.weights[i] === b.weights[i]) &&
    a.state === undefined &&
    b.state === undefined
  )
}
