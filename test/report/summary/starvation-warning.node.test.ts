import { expect, test } from 'vitest'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { starvationWarning } from '#report/summary/starvation-warning.ts'

/** A ring of eight with one Byzantine peer: peers 1, 2, 6 and 7 are its neighbours. */
function warningOf(changes: Record<string, unknown> = {}): string[] {
  const experiment = experimentSchema.parse({
    name: 'silent',
    peers: { honest: 7, byzantine: 1, placement: [0] },
    topology: { name: 'ring', neighbours: 4 },
    learning: { dataset: 'digits' },
    aggregation: { name: 'krum', f: 1 },
    attack: { name: 'stall' },
    rounds: { count: 4 },
    ...changes,
  })
  return starvationWarning(experiment, planOf(experiment))
}

test('the warning names the numbers if a rule needs the vector of a silent Byzantine peer', () => {
  expect(warningOf()).toEqual([
    "warning: krum with f = 1 needs 5 vectors, the peer's own included. Peer 1 has 4 if the Byzantine peers are silent; 4 of 7 honest peers may starve",
  ])
  expect(warningOf({ attack: { name: 'stall', mode: 'drip', share: 1.5 } })).toHaveLength(1)
})

test('a lost update counts like a silent neighbour', () => {
  const nobody = { peers: { honest: 8, byzantine: 0 }, attack: { name: 'none' } }
  expect(warningOf({ ...nobody, faults: { drop: 0.1 } })).toEqual([
    "warning: krum with f = 1 needs 5 vectors, the peer's own included. Peer 0 has 4 if one update is lost; 8 of 8 honest peers may starve",
  ])
  expect(warningOf({ faults: { drop: 0.1 } })[0]).toContain(
    'has 3 if the Byzantine peers are silent and one update is lost',
  )
})

test('a quorum in the experiment replaces the need of the rule', () => {
  expect(warningOf({ aggregation: { name: 'median' }, rounds: { count: 4, quorum: 4 } })[0]).toMatch(
    /^warning: rounds.quorum 4 needs 5 vectors.* Peer 1 has 4/,
  )
})

test('there is no warning if enough vectors come, Byzantine peers send, or nobody waits for rounds', () => {
  expect(warningOf({ aggregation: { name: 'trimmed-mean', f: 1 } })).toEqual([])
  expect(warningOf({ attack: { name: 'sign-flip' } })).toEqual([])
  expect(warningOf({ attack: { name: 'stall', mode: 'drip' } })).toEqual([])
  expect(warningOf({ exchange: 'none', attack: { name: 'none' } })).toEqual([])
})
