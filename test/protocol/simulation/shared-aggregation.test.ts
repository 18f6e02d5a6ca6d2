import { expect, test } from 'vitest'
import { configurePipeline } from '#aggregation/pipeline.ts'
import type { AggregationRequest } from '#protocol/peer/ports.ts'
import { shareAggregations } from '#protocol/simulation/shared-aggregation.ts'
import { experimentWith, simulate } from './quadratic-pool.ts'

const n = 7
const vectors = Array.from({ length: n }, (_, i) =>
  Float32Array.from({ length: 5 }, (_, k) => Math.sin(3 * i + k) + (i === n - 1 ? 9 : 0)),
)
const requestOf = (own: number, round = 0): AggregationRequest => ({
  vectors,
  own,
  weights: vectors.map(() => 1 / n),
  members: vectors.map((_, i) => i),
  round,
  rounds: 3,
  draw: { seed: 1, peer: own, round },
})

/** An aggregator that counts its calls. */
function counting(name: string, before: { name: string; f: number }[] = []) {
  const f = name === 'average' || name === 'median' ? {} : { f: 1 }
  const config = { name, ...f, before }
  let calls = 0
  const share = shareAggregations(config, async (request, neighbourhood) => {
    calls += 1
    return configurePipeline(config, neighbourhood).aggregate(request)
  })
  return { share, calls: () => calls }
}

test('peers with the same inputs share one aggregation and its output', async () => {
  const { share, calls } = counting('krum', [{ name: 'nnm', f: 1 }])
  const results = await Promise.all(vectors.map((_, own) => share(requestOf(own), n)))
  expect(calls()).toBe(1)
  expect(new Set(results.map(({ output }) => output)).size).toBe(1)
})

test('another vector, order, weight, round or neighbourhood needs another aggregation', async () => {
  const { share, calls } = counting('median')
  const request = requestOf(0)
  await share(request, n)
  await share({ ...request, vectors: [vectors[0]?.slice() as Float32Array, ...vectors.slice(1)] }, n)
  await share({ ...request, vectors: vectors.toReversed() }, n)
  await share({ ...request, weights: [0.5, ...request.weights.slice(1)] }, n)
  await share(requestOf(0, 1), n)
  await share(request, n + 1)
  expect(calls()).toBe(6)
})

test("a rule that looks at the peer's own vector runs for each peer", async () => {
  const { share, calls } = counting('monna')
  await Promise.all(vectors.map((_, own) => share(requestOf(own), n)))
  expect(calls()).toBe(n)
})

test.each(['average', 'trimmed-mean'])(
  'peers of a complete graph that exchange gradients compute one %s a round, and the run is the same',
  async (name) => {
    const aggregation = name === 'average' ? { name } : { name, f: 1 }
    const experiment = experimentWith({ exchange: 'gradients', topology: { name: 'complete' }, aggregation })
    const { share, calls } = counting(name)
    const pool = { aggregator: () => ({ aggregate: (request: AggregationRequest) => share(request, 6) }) }
    const shared = await simulate(experiment, { pool })
    expect(calls()).toBe(experiment.rounds.count)
    expect(shared.transcriptHash).toBe((await simulate(experiment)).transcriptHash)
  },
)
