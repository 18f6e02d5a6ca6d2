import { expect, test } from 'vitest'
import { randomStream } from '#learning/random.ts'
import { distance, examplesPerPeer, experimentWith, simulate, targetOf, worstError } from './quadratic-pool.ts'

const attacked = {
  peers: { honest: 6, byzantine: 2, placement: [1, 6] },
  attack: { name: 'little-is-enough', z: 10 },
}
const rough = { churn: 0.1, drop: 0.1, delayMs: 40, computeMs: 5 }

test('the same experiment gives the same events and the same transcript twice', async () => {
  const experiment = experimentWith({ ...attacked, faults: rough, aggregation: { name: 'trimmed-mean', f: 1 } })
  const first = await simulate(experiment)
  const second = await simulate(experiment)
  expect(second.transcriptHash).toBe(first.transcriptHash)
  expect(second.events).toEqual(first.events)
  const another = await simulate({ ...experiment, seed: 2 })
  expect(another.transcriptHash).not.toBe(first.transcriptHash)
})

test('the order in which workers finish changes nothing', async () => {
  for (const exchange of ['models', 'gradients'] as const) {
    const experiment = experimentWith({
      ...attacked,
      exchange,
      faults: rough,
      ...(exchange === 'gradients' ? { topology: { name: 'complete' } } : {}),
    })
    const plain = await simulate(experiment)
    for (const seed of [1, 2]) {
      const shuffled = await simulate(experiment, { speed: randomStream(seed, 'speed') })
      expect(shuffled.events).toEqual(plain.events)
      expect(shuffled.transcriptHash).toBe(plain.transcriptHash)
    }
  }
})

// Unchanged since numericsVersion 3 (decision 013 describes the changes of 4).
test('the transcript has these bits in Node and in every browser', async () => {
  const models = await simulate(experimentWith({ ...attacked, faults: rough }))
  expect(models.transcriptHash).toBe('a642787771a9ab85128bd027e2c24b950ee0aa32036014f68c6724364331c5a9')
  const gradients = await simulate(experimentWith({ exchange: 'gradients', topology: { name: 'complete' } }))
  expect(gradients.transcriptHash).toBe('c1581c4df76e4b0efe732c1d2692222c4c47bf60f08a1a24f3bbcfab64162dcf')
})

test('exchanging models, all peers close every round and agree on the common optimum', async () => {
  const run = await simulate(experimentWith({ rounds: { count: 60, evaluateEvery: 20, deadlineMs: 1000 } }))
  expect(run.of('stopped').map(({ reason }) => reason)).toEqual(Array(6).fill('finished'))
  const closed = run.of('round-closed')
  expect(closed).toHaveLength(6 * 60)
  expect(closed.every(({ closing, missing }) => closing === 'complete' && missing.length === 0)).toBe(true)
  expect(run.of('evaluated').map(({ round }) => round)).toEqual([19, 39, 59].flatMap((round) => Array(6).fill(round)))
  expect(worstError(run)).toBeLessThan(0.25)
  // Nothing was late, so nothing took time.
  expect(run.virtualMs).toBe(0)
})

test('exchanging gradients, every honest peer holds the same x after every round, Byzantine peers or not; broadcasting Byzantine peers do too', async () => {
  const perVictim = { ...attacked, attack: { ...attacked.attack, delivery: 'per-victim' } }
  for (const changes of [{}, attacked, perVictim]) {
    const run = await simulate(
      experimentWith({
        ...changes,
        exchange: 'gradients',
        topology: { name: 'complete' },
        aggregation: { name: 'median' },
      }),
    )
    for (let round = 0; round < 12; round++) {
      const digests = run.of('round-closed').filter((event) => event.round === round)
      expect(digests.length).toBe(run.byzantine.length + 6)
      const agreeing = changes === perVictim ? digests.filter(({ peer }) => !run.byzantine.includes(peer)) : digests
      expect(new Set(agreeing.map(({ stateDigest }) => stateDigest)).size).toBe(1)
    }
  }
})

test('gradients lost on an edge are pulled from others, so that all still agree', async () => {
  const run = await simulate(
    experimentWith({
      exchange: 'gradients',
      topology: { name: 'complete' },
      faults: { drop: 0.1 },
      rounds: { count: 20, deadlineMs: 900, evaluateEvery: 10 },
    }),
  )
  expect(run.of('starved')).toEqual([])
  const closed = run.of('round-closed')
  expect(closed).toHaveLength(6 * 20)
  expect(closed.every(({ missing }) => missing.length === 0)).toBe(true)
  // A loss costs a third of the deadline: then the pull leaves.
  expect(closed.some(({ waitMs }) => waitMs >= 300)).toBe(true)
  for (let round = 0; round < 20; round++) {
    const ofRound = closed.filter((event) => event.round === round)
    expect(new Set(ofRound.map(({ stateDigest }) => stateDigest)).size).toBe(1)
  }
})

test('alone, each peer learns from its own examples and sends nothing', async () => {
  const run = await simulate(
    experimentWith({ exchange: 'none', rounds: { count: 80, evaluateEvery: 80, deadlineMs: 1000 } }),
  )
  expect(run.of('round-closed').every(({ bytesSent, accepted }) => bytesSent === 0 && accepted.length === 0)).toBe(true)
  for (const { peer, output } of run.observations) {
    const shard = Array.from({ length: examplesPerPeer }, (_, k) => targetOf(peer * examplesPerPeer + k))
    const optimum = output.map((_, k) => shard.reduce((sum, target) => sum + (target[k] as number), 0) / shard.length)
    expect(distance(output, optimum)).toBeLessThan(0.5)
  }
  expect(new Set(run.of('evaluated').map(({ digest }) => digest)).size).toBe(6)
})

test('losses, delays and absences delay rounds and lose updates, and the run still ends at every peer', async () => {
  const run = await simulate(
    experimentWith({ faults: rough, rounds: { count: 40, deadlineMs: 500, evaluateEvery: 10 } }),
  )
  expect(run.of('stopped')).toHaveLength(6)
  expect(run.of('stopped').every(({ reason }) => reason === 'finished')).toBe(true)
  const closings = run.of('round-closed').map(({ closing }) => closing)
  expect(closings).toContain('complete')
  expect(closings).toContain('deadline')
  expect(run.of('neighbour-absent').length).toBeGreaterThan(0)
  expect(run.of('neighbour-returned').length).toBeGreaterThan(0)
  const trained = run.of('round-closed').map(({ trainMs }) => trainMs)
  expect(trained.every((ms) => Math.abs(ms - 5) < 1e-6)).toBe(true)
  expect(worstError(run)).toBeLessThan(0.6)
})

test('with everything lost, every peer starves five rounds and stops', async () => {
  const run = await simulate(experimentWith({ faults: { drop: 1 } }))
  expect(run.of('round-closed')).toEqual([])
  expect(run.of('starved')).toHaveLength(30)
  expect(run.of('stopped').map(({ reason, round }) => [reason, round])).toEqual(Array(6).fill(['starved', 4]))
  expect(run.virtualMs).toBe(5000)
})

test.for([
  // Broadcasting Byzantine peers compute at the honest x, where gradients spread little, so the effect is small.
  // With gradients, minus the mean from two of eight peers only slows the average down.
  { attack: { name: 'little-is-enough', z: 10 }, exchange: 'models', averageLoses: 0.2 },
  { attack: { name: 'little-is-enough', z: 10 }, exchange: 'gradients', averageLoses: 0.4 },
  { attack: { name: 'sign-flip' }, exchange: 'models', averageLoses: 5 },
])('$attack.name on $exchange moves the average; the median and the trimmed mean keep the honest mean', async (row) => {
  const errorOf = async (aggregation: unknown): Promise<number> => {
    const run = await simulate(
      experimentWith({
        peers: attacked.peers,
        topology: { name: 'complete' },
        attack: row.attack,
        aggregation,
        exchange: row.exchange,
        rounds: { count: 60, evaluateEvery: 30, deadlineMs: 1000 },
      }),
    )
    const crafted = run.of('attack-crafted')
    expect([1, 6].map((byzantinePeer) => crafted.filter(({ peer }) => peer === byzantinePeer).length)).toEqual([60, 60])
    return worstError(run)
  }
  expect(await errorOf({ name: 'average' })).toBeGreaterThan(row.averageLoses)
  expect(await errorOf({ name: 'median' })).toBeLessThan(0.17)
  expect(await errorOf({ name: 'trimmed-mean', f: 2 })).toBeLessThan(0.17)
})

test('distant Byzantine peers attack together in every round, and their neighbours miss no update', async () => {
  const run = await simulate(
    experimentWith({
      peers: { honest: 10, byzantine: 2, placement: [1, 9] },
      topology: { name: 'ring' },
      attack: { name: 'little-is-enough', z: 10 },
      aggregation: { name: 'median' },
    }),
  )
  const crafted = run.of('attack-crafted')
  expect(crafted).toHaveLength(2 * 12)
  expect(crafted.every(({ colluders }) => colluders === 2)).toBe(true)
  expect(run.of('round-closed').every(({ missing }) => missing.length === 0)).toBe(true)
  expect(run.virtualMs).toBe(0)
})

test('an omniscient Byzantine peer gets every honest vector of the round', async () => {
  const run = await simulate(
    experimentWith({
      peers: { honest: 6, byzantine: 1, placement: [3] },
      attack: { name: 'sign-flip', knowledge: 'omniscient' },
      rounds: { count: 3, evaluateEvery: 1, deadlineMs: 1000 },
    }),
  )
  expect(run.of('attack-crafted')).toHaveLength(3)
  expect(run.of('attack-crafted').every(({ atMs }) => atMs === 0)).toBe(true)
  // Sign-flip sends minus the mean of all six honest vectors; peer 3 alone does not receive all of them in the first
  // round.
  const first = run.observations.filter(({ round }) => round === 0)
  const honest = first.filter(({ peer }) => peer !== 3).map((seen) => seen.vectors[seen.members.indexOf(seen.peer)])
  const victim = first.find(({ peer }) => peer === 2)
  const lie = victim?.vectors[victim.members.indexOf(3)]
  expect(honest).toHaveLength(6)
  lie?.forEach((value, k) => {
    const mean = honest.reduce((sum, vector) => sum + ((vector as Float32Array)[k] as number), 0) / 6
    expect(value).toBeCloseTo(-mean, 5)
  })
})

test('an abort ends a run between two events and keeps the recorded events', async () => {
  const controller = new AbortController()
  const experiment = experimentWith()
  const whole = await simulate(experiment)
  let closed = 0
  const run = await simulate(experiment, {
    signal: controller.signal,
    pool: {
      aggregator: () => ({
        aggregate: async (input) => {
          if (++closed === 20) controller.abort()
          return {
            output: (input.vectors[input.own] as Float32Array).slice(),
            influence: input.vectors.map((_, k) => (k === input.own ? 1 : 0)),
          }
        },
      }),
    },
  })
  expect(run.of('stopped')).toEqual([])
  expect(run.of('round-closed').length).toBeGreaterThan(0)
  expect(run.events.length).toBeLessThan(whole.events.length)
})

test('a worker that fails ends the run with its error', async () => {
  const failing = simulate(experimentWith(), {
    pool: { aggregator: () => ({ aggregate: () => Promise.reject(new RangeError('out of memory')) }) },
  })
  await expect(failing).rejects.toThrow('out of memory')
})

test('rules with random draws, state or losses give the same result in any order of the workers', async () => {
  for (const aggregation of [
    { name: 'ubar', rho: 0.9 },
    { name: 'wfagg', f: 1 },
    { name: 'median', before: [{ name: 'bucketing', size: 2 }] },
    { name: 'dnc', f: 1, sample: 3 },
  ]) {
    const experiment = experimentWith({ aggregation })
    const run = await simulate(experiment)
    expect(run.of('stopped').map(({ reason }) => reason)).toEqual(Array(6).fill('finished'))
    const shuffled = await simulate(experiment, { speed: randomStream(3, 'speed') })
    expect(shuffled.transcriptHash).toBe(run.transcriptHash)
  }
})

test('with gradients, random buckets are the same at all peers', async () => {
  const run = await simulate(
    experimentWith({
      exchange: 'gradients',
      topology: { name: 'complete' },
      aggregation: { name: 'median', before: [{ name: 'bucketing' }] },
    }),
  )
  const digests = run.of('round-closed').map(({ round, stateDigest }) => [round, stateDigest])
  for (const [round, digest] of digests) {
    expect(digests.filter(([other]) => other === round).every(([, same]) => same === digest)).toBe(true)
  }
})

test('a schedule applies by round: a tenth of the learning rate moves the models a tenth as far', async () => {
  const moved = async (exchange: string, learning: Record<string, unknown>) => {
    const run = await simulate(
      experimentWith({
        exchange,
        topology: { name: 'complete' },
        learning: { dataset: 'digits', batchSize: 4, momentum: { beta: 0 }, ...learning },
        rounds: { count: 1, evaluateEvery: 1, deadlineMs: 1000 },
      }),
    )
    return run.parameters[0] as Float32Array
  }
  for (const exchange of ['models', 'gradients']) {
    const slow = await moved(exchange, { learningRate: 0.02 })
    const stepped = await moved(exchange, { learningRate: 0.2, schedule: { name: 'step', at: [0], factor: 0.1 } })
    stepped.forEach((value, k) => {
      expect(value).toBeCloseTo(slow[k] as number, 6)
      expect(Math.abs(value)).toBeGreaterThan(0.01)
    })
  }
})

test('weight decay pulls to zero in the same way with models and with gradients', async () => {
  const end = async (exchange: string, weightDecay: number) => {
    const run = await simulate(
      experimentWith({
        exchange,
        topology: { name: 'complete' },
        learning: { dataset: 'digits', batchSize: 20, learningRate: 0.2, momentum: { beta: 0 }, weightDecay },
        rounds: { count: 100, evaluateEvery: 100, deadlineMs: 1000 },
      }),
    )
    return run.parameters[0] as Float32Array
  }
  for (const exchange of ['models', 'gradients']) {
    // The minimum of |x - target|^2 / 2 + |x|^2 / 2 is half way.
    const [free, decayed] = [await end(exchange, 0), await end(exchange, 1)]
    free.forEach((value, k) => {
      expect(decayed[k]).toBeCloseTo(value / 2, 4)
    })
  }
})

test('local epochs: a peer with more examples makes more steps and needs more time', async () => {
  const sizes = [4, 8, 20, 4, 4, 4]
  const shards = sizes.map((size, peer) => Uint32Array.from({ length: size }, (_, k) => peer * 100 + k))
  const experiment = experimentWith({
    learning: { dataset: 'digits', batchSize: 4, localEpochs: 2 },
    faults: { computeMs: 3 },
    rounds: { count: 2, evaluateEvery: 2, deadlineMs: 1000 },
  })
  const run = await simulate(experiment, { shards })
  for (const { peer, trainMs } of run.of('round-closed')) {
    expect(trainMs).toBe((2 * 3 * (sizes[peer] as number)) / 4)
  }
})
