import { expect, test } from 'vitest'
import { configurePipeline, configurePreAggregation } from '#aggregation/pipeline.ts'
import { inputOf } from './input.ts'

test('runs pre-aggregators, then the rule, and traces influence back to the inputs', () => {
  const rule = configurePipeline({ name: 'krum', f: 1, neighbours: 'n-f-1', before: [{ name: 'nnm', f: 1 }] }, 4)
  const { output, influence } = rule.aggregate(inputOf([[0], [1], [3], [100]]))
  // The mixed vectors are 4/3, 4/3, 4/3 and 104/3; Krum takes the first, the mean of the first three.
  expect([...output]).toEqual([Math.fround(4 / 3)])
  expect(influence.map((share) => Math.round(share * 3e9) / 1e9)).toEqual([1, 1, 1, 0])
  expect(rule).toMatchObject({ name: 'nnm + krum', f: 1, minimum: 3 })
})

test('keeps the mixing weights behind a pre-aggregator that keeps positions', () => {
  const rule = configurePipeline({ name: 'average', before: [{ name: 'nnm', f: 1 }] }, 3)
  const { output } = rule.aggregate(inputOf([[0], [2], [6]], { weights: [0.5, 0.25, 0.25] }))
  // Mixed: 1, 1, 4.
  expect([...output]).toEqual([1.75])
})

test('passes the state of the rule through', () => {
  const values = { name: 'centered-clipping', tau: 1, start: 'zero', before: [{ name: 'nnm', f: 0 }] }
  const rule = configurePipeline(values, 2)
  const first = rule.aggregate(inputOf([[3], [5]]))
  const second = rule.aggregate(inputOf([[3], [5]], first.state ? { state: first.state } : {}))
  expect([...first.output, ...second.output]).toEqual([1, 2])
})

test('takes f from the pre-aggregator that has one', () => {
  expect(configurePipeline({ name: 'median', before: [{ name: 'nnm', f: 2 }] }, 5)).toMatchObject({ f: 2, minimum: 5 })
})

test('states its requirements, and refuses unknown names', () => {
  const trimmed = { name: 'trimmed-mean', f: 2 }
  expect(() => configurePipeline(trimmed, 4)).toThrow('trimmed-mean needs n > 2f, got n=4, f=2')
  expect(() => configurePipeline({ name: 'median', before: [{ name: 'nnm', f: 2 }] }, 4)).toThrow('nnm needs n > 2f')
  expect(() => configurePipeline({ name: 'mean' }, 4)).toThrow(/unknown rule mean; known: average, median/)
  expect(() => configurePreAggregation([{ name: 'krum' }], 4)).toThrow(/unknown pre-aggregator krum; known: nnm/)
})

test('refuses a round with too few vectors', () => {
  const rule = configurePipeline({ name: 'trimmed-mean', f: 1 }, 5)
  expect(() => rule.aggregate(inputOf([[1], [2]]))).toThrow('trimmed-mean needs at least 3 vectors, got 2')
})
