import fc from 'fast-check'
import { expect, test } from 'vitest'
import { patienceFor, type Standing, selectEvictions, verdictOf } from '#harness/coordinator/eviction.ts'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { wiringTimeMs } from '#protocol/session/connect.ts'

const n = 7
/** A complete graph of ready guests, with changes. */
const crowd = (changes: Readonly<Record<number, Partial<Standing>>>): Standing[] =>
  Array.from({ length: n }, (_, peer) => ({
    peer,
    guest: true,
    ready: changes[peer] === undefined,
    degree: n - 1,
    missing: [],
    suspicion: 0,
    arrival: peer,
    ...changes[peer],
  }))
const evicted = (standings: readonly Standing[]) => [...selectEvictions(standings).evicted]

test('a guest that never answered is silent, and the peers that miss it keep their seats', () => {
  const waiting = { missing: [3] }
  expect(evicted(crowd({ 0: waiting, 3: { missing: undefined }, 5: waiting }))).toEqual([[3, 'silent']])
})

test('a peer that reports all edges as missing is as suspect as one that all others report', () => {
  expect(evicted(crowd({ 2: { missing: [0, 1, 3, 4, 5, 6] } }))).toEqual([[2, 'missing-edges']])
  expect(evicted(crowd({ 0: { missing: [2] }, 1: { missing: [2] }, 4: { missing: [2] } }))).toEqual([
    [2, 'missing-edges'],
  ])
})

test('for a single missing edge the last to join goes; next time the one already suspected', () => {
  const edge = crowd({ 1: { missing: [4] } })
  expect(selectEvictions(edge)).toMatchObject({ evicted: new Map([[4, 'missing-edges']]), suspected: new Set([1, 4]) })
  expect(evicted(crowd({ 1: { missing: [4], suspicion: 1 } }))).toEqual([[1, 'missing-edges']])
})

test('a peer of the host is believed until most of its edges are missing; then no guest is evicted for it', () => {
  const own = { guest: false, missing: [4] }
  expect(evicted(crowd({ 0: own }))).toEqual([[4, 'missing-edges']])
  const alone = selectEvictions(crowd({ 0: { guest: false, missing: [1, 2, 3, 4] } }))
  expect([alone.evicted.size, alone.broken]).toEqual([0, [0]])
  expect(evicted(crowd({ 0: { guest: false, missing: undefined } }))).toEqual([])
})

test('a minority that lacks most edges and reports none as missing goes, and nobody else does', () => {
  const byzantinePeers = [1, 4]
  fc.assert(
    fc.property(
      fc.array(fc.subarray([0, 2, 3, 5, 6], { minLength: 3 }), { minLength: 2, maxLength: 2 }),
      fc.array(fc.nat(20), { minLength: n, maxLength: n }),
      (attacked, arrivals) => {
        // Each Byzantine peer has no edge to its victims and reports that it is ready.
        const standings = crowd({}).map((standing) => {
          const missing = byzantinePeers.filter((_, k) => attacked[k]?.includes(standing.peer))
          return { ...standing, arrival: arrivals[standing.peer] as number, ready: missing.length === 0, missing }
        })
        expect(
          evicted(standings)
            .map(([peer]) => peer)
            .sort(),
        ).toEqual(byzantinePeers)
      },
    ),
  )
})

test('the coordinator asks and decides before any peer gives up, on every graph', () => {
  for (const topology of [{ name: 'complete' }, { name: 'ring' }, { name: 'star' }]) {
    const plan = planOf(
      experimentSchema.parse({
        name: 'shape',
        peers: { honest: 30 },
        topology,
        learning: { dataset: 'digits' },
        aggregation: { name: 'average' },
        rounds: { count: 1 },
      }),
    )
    const patience = patienceFor(plan)
    for (const neighbours of plan.neighbours)
      expect(patience.edgesMs + patience.askMs).toBeLessThan(wiringTimeMs((plan.n * neighbours.length) / 2))
    expect(patience.edgesMs + patience.askMs).toBeLessThan(wiringTimeMs(plan.edges.length))
  }
})

test('before the time for edges is over only silent guests lose their seats, and engines have a minute more', () => {
  const patience = { askMs: 10, edgesMs: 40, readyMs: 100 }
  const standings = crowd({ 1: { missing: [2] }, 3: {} }).map((standing) => ({ ...standing, unanswered: 0 }))
  const mute = standings.map((standing) => (standing.peer === 3 ? { ...standing, unanswered: 2 } : standing))
  expect([...verdictOf(mute, 39, patience).lost]).toEqual([[3, 'silent']])
  expect([...verdictOf(standings, 39, patience).lost]).toEqual([])
  expect([...verdictOf(standings, 40, patience).lost]).toEqual([[2, 'missing-edges']])
  expect([...verdictOf(standings, 100, patience).lost]).toEqual([
    [2, 'missing-edges'],
    [3, 'not-ready'],
  ])
})
