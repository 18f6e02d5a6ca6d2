import { expect, test } from 'vitest'
import { launchSimulation } from '#harness/launch/simulation.ts'
import { loadDataset } from '#node/data/load.ts'
import { type Experiment, experimentSchema } from '#protocol/experiment/schema.ts'
import { createDisplacementMeter } from '#protocol/figures/displacement.ts'
import type { AggregationRequest } from '#protocol/peer/ports.ts'
import { planOf } from '#protocol/plan/plan.ts'

/** Peers 0 to 2 are honest and 3 is Byzantine, on a complete graph; round 1 of 2 is evaluated. */
const experiment = (changes: Record<string, unknown> = {}): Experiment =>
  experimentSchema.parse({
    name: 'four',
    peers: { honest: 3, byzantine: 1, placement: [3] },
    topology: { name: 'complete' },
    learning: { dataset: 'digits' },
    aggregation: { name: 'average' },
    attack: { name: 'sign-flip' },
    rounds: { count: 2, evaluateEvery: 2 },
    ...changes,
  })
/** The mean of the vectors, and the number of calls. */
const averager = () => {
  let calls = 0
  return {
    calls: () => calls,
    aggregate: async ({ vectors }: Pick<AggregationRequest, 'vectors'>) => {
      calls++
      const output = Float32Array.from(vectors[0] as Float32Array, (_, k) =>
        vectors.reduce((sum, vector) => sum + (vector[k] as number) / vectors.length, 0),
      )
      return { output, influence: vectors.map(() => 1 / vectors.length) }
    },
  }
}
const of = (...values: number[]): Float32Array => Float32Array.from(values)
const request = (round: number, lie: Float32Array): AggregationRequest => ({
  vectors: [of(2, 0), of(2, 0), of(2, 3), lie],
  own: 0,
  weights: [0.25, 0.25, 0.25, 0.25],
  members: [0, 1, 2, 3],
  round,
  rounds: 2,
  draw: { seed: 1, peer: 0, round },
})
/** All four start from (1, 0); their honest vectors are (2, 0), (2, 0), (2, 3) and (2, 1). */
const trainAll = (meter: ReturnType<typeof createDisplacementMeter>, round: number): void => {
  const honest = [of(2, 0), of(2, 0), of(2, 3), of(2, 1)]
  honest.forEach((vector, sender) => {
    meter.trained({ round, sender, vector }, of(1, 0))
  })
}

test('the distance between the aggregates, over the length of the mean honest step', async () => {
  const { aggregate } = averager()
  const lied = request(1, of(2, -7))
  const meter = createDisplacementMeter(experiment(), planOf(experiment()), aggregate)
  trainAll(meter, 1)
  meter.aggregated(0, lied, await aggregate(lied), 4)
  // The attack moves the mean by 8 / 4 = 2; the honest steps (1, 0), (1, 0), (1, 3) have the mean (1, 1).
  expect(await meter.settled()).toEqual([{ round: 1, peer: 0, ratio: expect.closeTo(2 / Math.SQRT2, 6) }])
})

test('peers that share an aggregation share its figure', async () => {
  const { aggregate, calls } = averager()
  const lied = request(1, of(2, -7))
  const meter = createDisplacementMeter(experiment(), planOf(experiment()), aggregate)
  trainAll(meter, 1)
  const shared = await aggregate(lied)
  for (const peer of [2, 1, 0]) meter.aggregated(peer, lied, shared, 4)
  expect((await meter.settled()).map(({ peer }) => peer)).toEqual([0, 1, 2])
  expect(calls()).toBe(2)
})

test('measured at honest peers in evaluated rounds, where an honest vector of the Byzantine peer exists', async () => {
  const { aggregate } = averager()
  const measure = async (changes: Record<string, unknown>, peer: number, round: number) => {
    const changed = experiment(changes)
    const meter = createDisplacementMeter(changed, planOf(changed), aggregate)
    trainAll(meter, round)
    const lied = request(round, of(2, -7))
    meter.aggregated(peer, lied, await aggregate(lied), 4)
    return meter.settled()
  }
  expect(await measure({}, 0, 1)).toHaveLength(1)
  expect(await measure({}, 0, 0)).toEqual([])
  expect(await measure({}, 3, 1)).toEqual([])
  expect(await measure({ attack: { name: 'none' } }, 0, 1)).toEqual([])
  expect(await measure({ attack: { name: 'label-flip' } }, 0, 1)).toEqual([])
})

test('a simulation measures it, twice alike', async () => {
  const run = experiment({
    peers: { honest: 5, byzantine: 2, placement: [1, 4] },
    topology: { name: 'ring', neighbours: 4 },
    attack: { name: 'sign-flip' },
    runtime: { name: 'simulation', workers: 1 },
  })
  const dataset = await loadDataset('digits')
  const { displacements = [], transcriptHash } = await launchSimulation(
    run,
    dataset,
    () => {},
    new AbortController().signal,
  )
  expect(displacements.map(({ round, peer }) => [round, peer])).toEqual([0, 2, 3, 5, 6].map((peer) => [1, peer]))
  for (const { ratio } of displacements) expect(ratio).toBeGreaterThan(0)
  const again = await launchSimulation(run, dataset, () => {}, new AbortController().signal)
  expect([again.transcriptHash, again.displacements]).toEqual([transcriptHash, displacements])
})
