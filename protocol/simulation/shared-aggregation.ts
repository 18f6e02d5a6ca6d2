import { isAnonymous, type PipelineConfig } from '#aggregation/pipeline.ts'
import type { AggregationOutput } from '#aggregation/rule.ts'
import type { AggregationRequest } from '../peer/ports.ts'

interface Shared {
  readonly request: AggregationRequest
  readonly neighbourhood: number
  readonly result: Promise<AggregationOutput>
}

/**
 * Aggregates each distinct input once: peers that hold the same arrays in the same order, with the same weights, get
 * the very same result, which nobody writes to. Methods that do not declare `anonymous` are computed for each peer.
 * Keeps the inputs of the newest round. O(n) comparisons of identity per aggregation and distinct input at most.
 */
export function shareAggregations(
  pipeline: PipelineConfig,
  aggregate: (request: AggregationRequest, neighbourhood: number) => Promise<AggregationOutput>,
): (request: AggregationRequest, neighbourhood: number) => Promise<AggregationOutput> {
  if (!isAnonymous(pipeline)) return aggregate
  /** By round and first vector, so that peers of a large sparse graph are compared with their neighbours alone. */
  const rounds = new Map<number, Map<Float32Array | undefined, Shared[]>>()
  return (request, neighbourhood) => {
    const { round, vectors } = request
    for (const old of rounds.keys()) if (old < round) rounds.delete(old)
    const ofRound = rounds.get(round) ?? new Map<Float32Array | undefined, Shared[]>()
    rounds.set(round, ofRound)
    const known = ofRound.get(vectors[0]) ?? []
    ofRound.set(vectors[0], known)
    const same = known.find((other) => other.neighbourhood === neighbourhood && alike(other.request, request))
    if (same) return same.result
    const result = aggregate(request, neighbourhood)
    known.push({ request, neighbourhood, result })
    return result
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
