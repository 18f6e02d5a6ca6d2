import { expect, test } from 'vitest'
import { attacks } from '#attacks/registry.ts'
import { randomStream } from '#learning/random.ts'
import { peerConfigOf } from '#protocol/assembly/peer-config.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { PlanError } from '#protocol/plan/plan-error.ts'
import { victimsOf } from '#protocol/plan/victims.ts'
import { aggregated, drive, fired, from, only, trained } from '../round/round-driver.ts'
import { distance, experimentWith, honestOptimum, simulate, worstError } from '../simulation/quadratic-pool.ts'

const changing = (topology: Record<string, unknown>, changes: Record<string, unknown> = {}) =>
  experimentWith({
    peers: { honest: 8 },
    topology,
    rounds: { count: 24, deadlineMs: 1000, evaluateEvery: 6 },
    ...changes,
  })
const kinds = [
  { name: 'one-peer-exponential' },
  { name: 'exponential-cycle' },
  { name: 'epidemic', degree: 2 },
  { name: 'epidemic', degree: 2, sampling: 'local' },
]

test.for(kinds)('with %j a peer shares a round only with its neighbours of that round', async (topology) => {
  const experiment = changing(topology)
  const plan = planOf(experiment)
  const run = await simulate(experiment)
  for (const { peer, round, accepted, missing, closing } of run.of('round-closed')) {
    expect([accepted, missing, closing]).toEqual([plan.at(round).neighbours[peer], [], 'complete'])
  }
  expect(run.of('round-closed')).toHaveLength(8 * 24)
  expect(run.of('update-rejected')).toEqual([])
  const optimum = honestOptimum(8, [])
  for (const parameters of run.parameters) expect(distance(parameters, optimum)).toBeLessThan(0.4)
})

test.for(kinds)(
  'with %j the hash is the same whoever is quick, with losses, delays and absences too',
  async (topology) => {
    const experiment = changing(topology, { faults: { churn: 0.03, drop: 0.03, delayMs: 20 } })
    const hashes = await Promise.all(
      [1, 2].map(async (seed) => (await simulate(experiment, { speed: randomStream(seed, 'speed') })).transcriptHash),
    )
    expect(hashes[0]).toBe(hashes[1])
    const run = await simulate(experiment)
    expect(run.transcriptHash).toBe(hashes[0])
    expect(new Set(run.of('stopped').map(({ reason }) => reason))).toEqual(new Set(['finished']))
  },
)

test('with one neighbour a round, log2 n rounds give all peers the exact mean, without training', async () => {
  const experiment = changing(
    { name: 'one-peer-exponential' },
    { rounds: { count: 4, deadlineMs: 1000, evaluateEvery: 1 }, learning: { dataset: 'digits', learningRate: 1e-12 } },
  )
  const plan = planOf(experiment)
  // Only the mixing rows: three rounds of weights 1/2 turn any start into its mean.
  let x = [1, 2, 4, 8, 16, 32, 64, 128]
  for (let round = 0; round < 3; round++) {
    x = plan.at(round).rows.map(({ members, weights }) => members.reduce((sum, m, k) => sum + weights[k]! * x[m]!, 0))
  }
  expect(new Set(x)).toEqual(new Set([255 / 8]))
})

test("a Byzantine peer's victims, the rule and f are those of the round", () => {
  const experiment = changing(
    { name: 'epidemic', degree: 3, sampling: 'local' },
    {
      peers: { honest: 8, byzantine: 2, placement: [1, 2] },
      aggregation: { name: 'trimmed-mean', f: { share: 0.3 } },
      attack: { name: 'sign-flip' },
    },
  )
  const plan = planOf(experiment)
  for (let round = 0; round < 24; round++) {
    const graph = plan.at(round)
    const victims = victimsOf(plan, 1, round)
    expect(victims.map(({ peer }) => peer)).toEqual(graph.neighbours[1]!.filter((peer) => peer !== 2))
    for (const { peer, n, m } of victims) {
      const others = graph.neighbours[peer]!
      expect([n, m]).toEqual([others.length + 1, others.filter((other) => other === 1 || other === 2).length])
      expect(plan.neighbourhoodsAt(round)[peer]?.rule.f).toBe(Math.floor(0.3 * n + 1e-9))
      const { rules } = peerConfigOf(experiment, plan, peer, undefined)
      expect(rules.at?.(round).neighbours).toEqual(others)
    }
  }
})

test.each(attacks.map(({ name }) => name))(
  'a run under %s with new neighbours in each round ends at every peer',
  async (name) => {
    const experiment = changing(
      { name: 'epidemic', degree: 4, sampling: 'local' },
      {
        peers: { honest: 9, byzantine: 3 },
        attack: { name },
        aggregation: { name: 'median' },
        rounds: { count: 4, deadlineMs: 1000, evaluateEvery: 2 },
      },
    )
    const run = await simulate(experiment)
    expect(run.of('stopped').map(({ reason }) => reason)).toEqual(Array.from({ length: 12 }, () => 'finished'))
  },
)

test('Byzantine peers with new victims in each round ruin an average but not a median', async () => {
  const attacked = (aggregation: object) =>
    changing(
      { name: 'epidemic', degree: 6 },
      { peers: { honest: 10, byzantine: 2 }, attack: { name: 'sign-flip' }, aggregation },
    )
  const average = worstError(await simulate(attacked({ name: 'average' })))
  const median = worstError(await simulate(attacked({ name: 'median' })))
  expect(average).toBeGreaterThan(2 * median)
})

test.for([
  [
    { dissemination: 'gossip' },
    'dissemination',
    'gossip needs the same neighbours in every round; topology epidemic changes them',
  ],
  [{ commitments: 'before-reveal' }, 'commitments', 'before-reveal needs the same neighbours'],
  [
    { exchange: 'gradients' },
    'exchange',
    'exchange: gradients needs the complete graph; topology epidemic has 8 of 28 edges',
  ],
  [{ aggregation: { name: 'trimmed-mean', f: 2 } }, 'aggregation', 'trimmed-mean needs n > 2f, got n=3, f=2'],
  [{ rounds: { count: 9, quorum: 3 } }, 'rounds.quorum', 'peer 0 has 2 neighbours, fewer than the quorum of 3'],
  [
    { topology: { name: 'epidemic', degree: 8 } },
    'topology',
    'epidemic with degree=8 needs more than 8 peers, got n=8',
  ],
] as const)('%j does not fit fresh neighbours', ([changes, path, message]) => {
  try {
    planOf(changing({ name: 'epidemic', degree: 2 }, changes))
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(PlanError)
    expect((error as PlanError).path).toBe(path)
    expect((error as PlanError).message).toContain(message)
  }
})

/** A peer of a cube, with neighbours 1, 2, 4 in turn. */
const cube = { neighbours: [1, 2, 4], quorum: 1, minimum: 1, rounds: 30, at: cubeAt } as const
function cubeAt(round: number) {
  return { neighbours: [2 ** (round % 3)], quorum: 1, minimum: 1 }
}
function waiting() {
  const driver = drive(cube)
  driver.feed({ type: 'started', atMs: 0 })
  driver.feed(trained(0, 10))
  return driver
}

test('an update for the next shared round is kept for that round and causes no jump', () => {
  const driver = waiting()
  expect(driver.feed(from(4, 2, 20))).toEqual([])
  expect(driver.feed(from(2, 1, 20))).toEqual([])
  expect(only(driver.feed(from(1, 0, 30)), 'aggregate')[0]).toMatchObject({ round: 0, closing: 'complete' })
  driver.feed(aggregated(0, 30))
  expect(only(driver.feed(trained(1, 40)), 'aggregate')[0]).toMatchObject({
    round: 1,
    closing: 'complete',
    waitedMs: 0,
  })
})

test('an update of a round that the two do not share is rejected as not-a-neighbour', () => {
  const driver = waiting()
  expect(driver.feed(from(2, 0, 20))).toEqual([{ type: 'reject', from: 2, round: 0, reason: 'not-a-neighbour' }])
  expect(driver.feed(from(4, 1, 20))).toEqual([{ type: 'reject', from: 4, round: 1, reason: 'not-a-neighbour' }])
  expect(driver.feed(from(1, 30, 20))).toEqual([{ type: 'reject', from: 1, round: 30, reason: 'wrong-experiment' }])
})

test('a peer jumps when most neighbours have passed two rounds that they share with it', () => {
  const driver = waiting()
  // Neighbour 1 shares rounds 0 and 3: at round 6 it has passed both.
  expect(only(driver.feed(from(1, 6, 20)), 'skip')).toEqual([])
  // Neighbour 2 at round 4 has passed only round 1, which is normal.
  expect(only(driver.feed(from(2, 4, 20)), 'skip')).toEqual([])
  expect(only(driver.feed(from(2, 7, 20)), 'skip')).toMatchObject([{ type: 'skip', from: 0, to: 6 }])
})

test('a neighbour is absent after two missed shared rounds, and returns with an update in time', () => {
  const driver = waiting()
  const absent: unknown[] = []
  for (let round = 0; round < 4; round++) {
    const neighbour = 2 ** (round % 3)
    if (neighbour !== 1) driver.feed(from(neighbour, round, 20))
    else driver.feed(fired('deadline', round, 20))
    absent.push([...driver.state().absent])
    if (driver.state().phase === 'aggregating') driver.feed(aggregated(round, 20))
    driver.feed(trained(round + 1, 20))
  }
  expect(absent).toEqual([[], [], [], [[1, 'missed']]])
  for (const round of [4, 5]) {
    driver.feed(from(2 ** (round % 3), round, 20))
    driver.feed(aggregated(round, 20))
    driver.feed(trained(round + 1, 20))
  }
  expect(only(driver.feed(from(1, 6, 20)), 'regain-neighbour')).toHaveLength(1)
})

test('an f too large for the smallest neighbourhood of any round is refused before the run', () => {
  const changes = { aggregation: { name: 'krum', f: 1 }, rounds: { count: 1 } }
  expect(() => planOf(changing({ name: 'epidemic', degree: 3, sampling: 'local' }, changes))).toThrow(
    /^krum needs n > 2f \+ 2 .*got n=4, f=1/,
  )
  expect(() => planOf(changing({ name: 'epidemic', degree: 4, sampling: 'local' }, changes))).not.toThrow()
})
