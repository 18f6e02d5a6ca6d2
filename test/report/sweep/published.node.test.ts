import { expect, test } from 'vitest'
import { compare, overSeeds } from '#report/sweep/published.ts'
import { samplesOf } from '#report/sweep/samples.ts'
import { publishedTable } from '#report/sweep/tables.ts'
import { syntheticSweep } from './synthetic-sweep.ts'

const axes = [{ name: 'rule', labels: ['krum', 'median'] }]
const { usable } = samplesOf(
  syntheticSweep({ axes, seeds: [1, 2, 3], noise: 0, ends: ({ rule }) => (rule === 'krum' ? 0.8 : 0.9) }),
)

test('the difference is ours minus theirs', () => {
  const published = {
    where: { rule: 'krum' },
    metric: 'accuracy.worst' as const,
    value: 0.75,
    source: 'A paper, Table 1',
  }
  const { ours, difference, best, last } = compare(published, usable)
  expect(ours).toMatchObject({ n: 3 })
  expect(ours.mean).toBeCloseTo(0.78, 12)
  expect(difference).toBeCloseTo(0.03, 12)
  expect([best.mean, last.mean]).toEqual([0.8, 0.8].map((value) => expect.closeTo(value, 12)))
})

test('cells of one seed are averaged before the interval', () => {
  expect(overSeeds(usable, 'accuracy.mean')).toEqual({
    n: 3,
    mean: expect.closeTo(0.85, 12),
    half: expect.closeTo(0, 12),
  })
})

test('without a run there is no number', () => {
  const { ours, difference } = compare(
    { where: { rule: 'bulyan' }, metric: 'accuracy.mean', value: 0.5, source: '' },
    usable,
  )
  expect(ours.n).toBe(0)
  expect(difference).toBeNaN()
})

test('the note on a published number is below it', () => {
  const published = { where: { rule: 'krum' }, metric: 'accuracy.mean' as const, value: 0.5, source: 'A paper' }
  const table = (note?: string) => publishedTable([compare({ ...published, ...(note ? { note } : {}) }, usable)]).markup
  expect(table('Theirs is another Krum & graph.')).toContain('Theirs is another Krum &amp; graph.')
  expect(table()).not.toContain('colspan')
})
