import { expect, test } from 'vitest'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { toleranceNote } from '#report/summary/tolerance-note.ts'

/** Two adjacent Byzantine peers on a ring of eight, 1 and 2; both are neighbours of peers 0 and 3. */
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

test('the note names the honest peers with more Byzantine neighbours than their f', () => {
  expect(noteOf()).toEqual([
    '2 of 6 honest peers have more Byzantine neighbours than their rule tolerates (peer 0: 2 Byzantine neighbours, f = 1). To list them: hearsay topology show.',
  ])
})

test('there is no note if f suffices, the rule has no f, or there is no attack or exchange', () => {
  expect(noteOf({ aggregation: { name: 'trimmed-mean', f: 2 } })).toEqual([])
  expect(noteOf({ aggregation: { name: 'median' } })).toEqual([])
  expect(noteOf({ attack: { name: 'none' } })).toEqual([])
  expect(noteOf({ exchange: 'none', attack: { name: 'none' } })).toEqual([])
  expect(noteOf({ pace: { name: 'ad-psgd' } })).toEqual([])
})

test('the f of a pre-aggregator counts, and a changing graph is examined round by round', () => {
  expect(noteOf({ aggregation: { name: 'average', before: [{ name: 'nnm', f: 1 }] } })[0]).toContain(
    'peer 0: 2 Byzantine neighbours',
  )
  const [note] = noteOf({ topology: { name: 'epidemic', degree: 4 }, rounds: { count: 30 } })
  expect(note).toMatch(/^\d of 6 honest peers have more Byzantine neighbours in some rounds than/)
})
