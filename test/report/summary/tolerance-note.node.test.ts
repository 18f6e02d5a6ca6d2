import { expect, test } from 'vitest'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { toleranceNote } from '#report/summary/tolerance-note.ts'

/** Two Byzantine peers beside each other on a ring of eight: 1 and 2; peers 0 and 3 have both beside them. */
function noteOf(changes: Record<string, unknown> = {}): string[] {
  const experiment = experimentSchema.parse({
    name: 'beset',
    peers: { honest: 6, byzantine: 2, placement: [1, 2] },
    topology: { name: 'ring', neighbours: 4 },
    learning: { dataset: 'digits' },
    aggregation: { name: 'trimmed-mean', f: 1 },
    attack: { name: 'sign-flip' },
    rounds: { count: 4 },
    ...changes,
  })
  return toleranceNote(experiment, planOf(experiment))
}

test('a run says which honest peers have more Byzantine peers beside them than their f', () => {
  expect(noteOf()).toEqual([
    '2 of 6 honest peers have more Byzantine peers beside them than their rule tolerates (peer 0: 2 Byzantine peers, f = 1); hearsay topology show names them.',
  ])
})

test('where f bears the Byzantine peers, or nobody has an f, lies or listens, there is nothing to say', () => {
  expect(noteOf({ aggregation: { name: 'trimmed-mean', f: 2 } })).toEqual([])
  expect(noteOf({ aggregation: { name: 'median' } })).toEqual([])
  expect(noteOf({ attack: { name: 'none' } })).toEqual([])
  expect(noteOf({ exchange: 'none', attack: { name: 'none' } })).toEqual([])
  expect(noteOf({ pace: { name: 'ad-psgd' } })).toEqual([])
})

test('an f of what stands before the rule counts, and a graph that changes is looked at round by round', () => {
  expect(noteOf({ aggregation: { name: 'average', before: [{ name: 'nnm', f: 1 }] } })[0]).toContain(
    'peer 0: 2 Byzantine peers',
  )
  const [note] = noteOf({ topology: { name: 'epidemic', degree: 4 }, rounds: { count: 30 } })
  expect(note).toMatch(/^\d of 6 honest peers have more Byzantine peers beside them in some rounds than/)
})
