import { expect, test } from 'vitest'
import { randomStream } from '#learning/random.ts'
import { withoutCheckpoints } from '#protocol/peer/checkpoint.ts'
import { delayOf, slownessOf } from '#protocol/plan/delays.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { PlanError } from '#protocol/plan/plan-error.ts'
import { distance, experimentWith, simulate, worstError } from '../simulation/quadratic-pool.ts'

const paces = [
  { name: 'gossip-learning', mode: 'push' },
  { name: 'gossip-learning', mode: 'pull' },
  { name: 'gossip-learning', mode: 'push-pull', merge: 'average' },
  { name: 'gossip-learning', mode: 'push', merge: 'rule' },
  { name: 'ad-psgd' },
] as const
const long = { count: 80, evaluateEvery: 20, deadlineMs: 1000 }
const busy = { delayMs: 80, computeMs: 40, stragglers: { share: 0.3, factor: 5 }, uplinkMbps: 0.1 }

test.each(paces)(
  'with $name $mode $merge all peers come near the common optimum, with and without delays',
  async (pace) => {
    for (const faults of [{}, busy]) {
      const run = await simulate(experimentWith({ pace, faults, rounds: long }))
      expect(run.of('stopped').map(({ reason }) => reason)).toEqual(Array(6).fill('finished'))
      expect(run.of('round-closed')).toHaveLength(6 * 80)
      expect(
        run
          .of('evaluated')
          .map(({ round }) => round)
          .sort((a, b) => a - b),
      ).toEqual([19, 39, 59, 79].flatMap((round) => Array(6).fill(round)))
      const last = run.observations.filter(({ round }) => round === 79).map(({ model }) => model)
      for (const model of last) expect(distance(model, last[0] as Float32Array)).toBeLessThan(1.5)
      const alone = await simulate(experimentWith({ exchange: 'none', rounds: long }))
      expect(run.of('round-closed').some(({ accepted }) => accepted.length > 0)).toBe(true)
      expect(worstError({ ...run, parameters: last })).toBeLessThan(worstError(alone) + 0.6)
      // A period of one second each, from a random moment of the first.
      for (const { atMs } of run.of('stopped')) {
        expect(atMs).toBeGreaterThan(80_000)
        expect(atMs).toBeLessThan(81_000)
      }
    }
  },
)

test.each(paces)(
  'with $name $mode $merge a run is the same twice, whatever the order in which workers finish',
  async (pace) => {
    const experiment = experimentWith({
      pace,
      faults: { ...busy, drop: 0.1, churn: 0.05 },
      peers: { honest: 6, byzantine: 2, placement: [1, 6] },
      attack: { name: 'little-is-enough', z: 1.5 },
    })
    const plain = await simulate(experiment)
    const shuffled = await simulate(experiment, { speed: randomStream(1, 'speed') })
    expect(shuffled.events).toEqual(plain.events)
    expect(shuffled.transcriptHash).toBe(plain.transcriptHash)
    expect(plain.of('attack-crafted').length).toBeGreaterThan(0)
  },
)

test('the shares of a period sum to one, and name the peers with merged models', async () => {
  for (const pace of paces) {
    const run = await simulate(experimentWith({ pace }))
    for (const { peer, accepted, influence } of run.of('round-closed')) {
      expect(influence.reduce((sum, [, share]) => sum + share, 0)).toBeCloseTo(1, 6)
      expect(influence.map(([from]) => from).filter((from) => from !== peer)).toEqual(accepted)
    }
  }
})

test('push sends one model a period, push-pull also those that other peers ask for', async () => {
  const bytes = async (mode: string): Promise<number> => {
    const run = await simulate(experimentWith({ pace: { name: 'gossip-learning', mode } }))
    return run
      .of('round-closed')
      .filter(({ round }) => round === 11)
      .reduce((sum, event) => sum + event.bytesSent, 0)
  }
  const [push, pull, both] = [await bytes('push'), await bytes('pull'), await bytes('push-pull')]
  const model = 6 * 4 + 256
  expect(push).toBe(6 * 12 * model)
  expect(pull).toBeGreaterThan(6 * 10 * model)
  expect(pull).toBeLessThanOrEqual(6 * 12 * model)
  expect(both).toBe(push + pull)
})

test('sign flipping ruins plain merging, but not the median over the newest models', async () => {
  const attacked = {
    peers: { honest: 6, byzantine: 2, placement: [1, 6] },
    topology: { name: 'complete' },
    attack: { name: 'sign-flip' },
    rounds: long,
  }
  const errorOf = async (changes: Record<string, unknown>): Promise<number> => {
    const run = await simulate(experimentWith({ ...attacked, ...changes }))
    const last = run.observations.filter(({ round }) => round === 79)
    const models = Array.from(
      { length: 8 },
      (_, peer) => last.find((each) => each.peer === peer)?.model as Float32Array,
    )
    return worstError({ ...run, parameters: models })
  }
  const plain = await errorOf({ pace: { name: 'gossip-learning' } })
  const robust = await errorOf({ pace: { name: 'gossip-learning', merge: 'rule' }, aggregation: { name: 'median' } })
  expect(plain).toBeGreaterThan(3)
  expect(robust).toBeLessThan(1)
})

test('a straggler makes fewer local steps and delays no other peer', async () => {
  const faults = { computeMs: 400, stragglers: { share: 0.5, factor: 10 } }
  const experiment = experimentWith({ pace: { name: 'ad-psgd' }, faults })
  const run = await simulate(experiment)
  const slow = [0, 1, 2, 3, 4, 5].filter((peer) => slownessOf(experiment.faults.stragglers, experiment.seed, peer) > 1)
  expect(slow.length).toBeGreaterThan(0)
  expect(slow.length).toBeLessThan(6)
  for (const { peer, trainMs } of run.of('round-closed')) {
    if (trainMs > 0) expect(trainMs).toBeCloseTo(slow.includes(peer) ? 4000 : 400, 6)
  }
  expect(run.virtualMs).toBeLessThan(20_000)
})

test('an uplink carries updates one after the other: a round takes as long as its slowest transfer', async () => {
  const seconds = async (uplinkMbps: number): Promise<number> =>
    (await simulate(experimentWith({ faults: { uplinkMbps }, rounds: { count: 10, deadlineMs: 60_000 } }))).virtualMs
  // 280 bytes to each of four neighbours at 0.01 Mbit/s: 224 ms each, 896 ms a round.
  expect(await seconds(0.01)).toBeCloseTo(10 * 4 * 224, 3)
  expect(await seconds(0.02)).toBeCloseTo(5 * 4 * 224, 3)
  expect(await seconds(0)).toBe(0)
})

test.each(['constant', 'exponential', 'log-normal'] as const)('%s delays have the requested mean', (delayShape) => {
  const random = randomStream(1, 'delays')
  const delays = Array.from({ length: 20_000 }, () => delayOf({ delayMs: 50, delayShape }, random))
  const mean = delays.reduce((a, b) => a + b, 0) / delays.length
  expect(Math.abs(mean - 50)).toBeLessThan(2)
  const spread = Math.sqrt(delays.reduce((sum, each) => sum + (each - mean) ** 2, 0) / delays.length)
  // 0, the mean, and the mean times sqrt(e - 1).
  const expected = { constant: 0, exponential: 50, 'log-normal': 50 * 1.3108 }[delayShape]
  expect(Math.abs(spread - expected)).toBeLessThan(6)
})

test('peers with their own pace need a simulation and direct models, and have no checkpoints', () => {
  const pace = { name: 'ad-psgd' }
  expect(withoutCheckpoints(experimentWith({ pace }))).toContain('pace rounds')
  for (const changes of [
    { exchange: 'gradients', topology: { name: 'complete' } },
    { runtime: { name: 'processes' } },
    { commitments: 'evidence' },
    { dissemination: 'gossip' },
  ]) {
    expect(() => planOf(experimentWith({ pace, ...changes })), JSON.stringify(changes)).toThrow(PlanError)
  }
})
