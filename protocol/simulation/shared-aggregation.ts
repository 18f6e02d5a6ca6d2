import { isAnonymous, type PipelineConfig } from '#aggregation/pipeline.ts'
import type { AggregationOutput } from '#aggregation/rule.ts'
import type { AggregationRequest } from '../peer/ports.ts'

interface Shared {
  readonly request: AggregationRequest
  readonly neighbourhood: number
  readonly result: Promise<AggregationOutput>
}

/**
 * Aggregates each distinct input once. Peers with the same arrays in the same order and the same weights share one
 * result, which no peer may change. Methods that do not declare `anonymous` run for each peer. Keeps the inputs of the
 * newest round. At most O(n) identity comparisons per aggregation and distinct input.
 */
export function shareAggregations(
  pipeline: PipelineConfig,
  aggregate: (request: AggregationRequest, neighbourhood: number) => Promise<AggregationOutput>,
): (request: AggregationRequest, neighbourhood: number) => Promise<AggregationOutput> {
  if (!isAnonymous(pipeline)) return aggregate
  /** By round and first vector, so that a peer of a large sparse graph compares only with its neighbours. */
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
