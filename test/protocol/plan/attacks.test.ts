import { expect, test } from 'vitest'
import { attacks } from '#attacks/registry.ts'
import { experimentWith, simulate, worstError } from '../simulation/quadratic-pool.ts'

/** Nine honest and three Byzantine peers on the complete graph, enough for a median. */
const byzantinePeers = (attack: Record<string, unknown>, changes: Record<string, unknown> = {}) =>
  experimentWith({
    peers: { honest: 9, byzantine: 3 },
    topology: { name: 'complete' },
    attack,
    ...changes,
  })
const median = { aggregation: { name: 'median' } }
const peaceful = experimentWith({ peers: { honest: 12 }, topology: { name: 'complete' } })

test.each(attacks.map(({ name }) => name))(
  'a run under %s ends at every peer, twice with the same result',
  async (name) => {
    const experiment = byzantinePeers({ name }, { rounds: { count: 4, deadlineMs: 1000, evaluateEvery: 2 }, ...median })
    const run = await simulate(experiment)
    expect(run.of('stopped').map(({ reason }) => reason)).toEqual(Array.from({ length: 12 }, () => 'finished'))
    expect((await simulate(experiment)).transcriptHash).toBe(run.transcriptHash)
  },
)

test('flipped labels poison the average, not the median', async () => {
  const attack = { name: 'label-flip' }
  const harmless = worstError(await simulate(peaceful))
  expect(worstError(await simulate(byzantinePeers(attack)))).toBeGreaterThan(harmless + 1)
  expect(worstError(await simulate(byzantinePeers(attack, median)))).toBeLessThan(harmless + 1)
})

test('in a mixture, only the Byzantine peers with label flipping train on flipped labels', async () => {
  const of = async (members: object[]) => worstError(await simulate(byzantinePeers({ name: 'mixed', members })))
  const all = await of([{ name: 'label-flip' }])
  const one = await of([{ name: 'label-flip' }, { name: 'replay' }, { name: 'replay' }])
  expect(one).toBeLessThan(all)
  expect(one).toBeGreaterThan(await of([{ name: 'replay', age: 1 }]))
})

test('an update that is not finite is rejected on arrival and reaches no rule', async () => {
  const run = await simulate(byzantinePeers({ name: 'non-finite' }))
  const reasons = new Set(run.of('update-rejected').map(({ reason }) => reason))
  expect(reasons).toEqual(new Set(['not-finite']))
  expect(run.of('update-rejected').every(({ from }) => run.byzantine.includes(from))).toBe(true)
  const honest = run.of('round-closed').filter(({ peer }) => !run.byzantine.includes(peer))
  expect(honest.every(({ accepted }) => accepted.every((peer) => !run.byzantine.includes(peer)))).toBe(true)
  expect(run.parameters.every((x) => x.every(Number.isFinite))).toBe(true)
})

test('a silent Byzantine peer costs deadlines until it is absent; a dripping one costs a share of each deadline', async () => {
  const longest = async (attack: Record<string, unknown>) => {
    const run = await simulate(byzantinePeers({ name: 'stall', ...attack }))
    const honest = run.of('round-closed').filter(({ peer }) => !run.byzantine.includes(peer))
    return honest.map(({ waitMs }) => waitMs)
  }
  const silent = await longest({})
  expect(Math.max(...silent)).toBe(1000)
  expect(silent.filter((waited) => waited >= 1000).length).toBeLessThan(silent.length / 2)
  const dripping = await longest({ mode: 'drip', share: 0.5 })
  expect(Math.max(...dripping)).toBeLessThanOrEqual(500)
  expect(dripping.filter((waited) => waited > 0).length).toBeGreaterThan(dripping.length / 2)
})

test('a search finds the same factor at every Byzantine peer, and records how far it moves the aggregate', async () => {
  const attack = { name: 'little-is-enough', z: 'optimised', search: { evaluations: 8 } }
  const run = await simulate(byzantinePeers(attack, median))
  const crafted = run.of('attack-crafted')
  expect(crafted.every(({ z, gain }) => z !== undefined && gain !== undefined && gain > 0)).toBe(true)
  for (const { round, z } of crafted) expect(z).toBe(crafted.find((other) => other.round === round)?.z)
})

test.each([
  { name: 'dissensus', knowledge: 'omniscient' },
  { name: 'spectral', t: 1 },
])('$name drives the peers of a thin graph apart', async (attack) => {
  const on = (changes: Record<string, unknown>) =>
    experimentWith({
      peers: { honest: 8, byzantine: 2, placement: [2, 7] },
      topology: { name: 'ring', neighbours: 4 },
      ...changes,
    })
  const spread = async (changes: Record<string, unknown>) => {
    const { parameters, byzantine } = await simulate(on(changes))
    const honest = parameters.filter((_, peer) => !byzantine.includes(peer)).map((x) => x[0] as number)
    return Math.max(...honest) - Math.min(...honest)
  }
  expect(await spread({ attack })).toBeGreaterThan(1.2 * (await spread({ attack: { name: 'replay', age: 1 } })))
})
