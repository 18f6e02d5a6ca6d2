import { expect, test } from 'vitest'
import { meanAroundMedianRule } from '#aggregation/rules/mean-around-median.ts'
import { inputOf } from '../input.ts'

test('averages the n - f values nearest the median of each coordinate', () => {
  const rule = meanAroundMedianRule.configure({ name: 'mean-around-median', f: 1 }, 5)
  const { output, influence } = rule.aggregate(
    inputOf([
      [0, 9],
      [1, 8],
      [2, 7],
      [5, 6],
      [90, -90],
    ]),
  )
  // Medians 2 and 7; the last vector is the farthest in both.
  expect([...output]).toEqual([2, 7.5])
  expect(influence).toEqual([0.25, 0.25, 0.25, 0.25, 0])
})

test('among values equally far from the median, the lowest index stays', () => {
  const rule = meanAroundMedianRule.configure({ name: 'mean-around-median', f: 1 }, 3)
  expect([...rule.aggregate(inputOf([[4], [1], [-2]])).output]).toEqual([2.5])
})

test('needs n > 2f', () => {
  const values = { name: 'mean-around-median', f: 2 }
  expect(() => meanAroundMedianRule.configure(values, 4)).toThrow('mean-around-median needs n > 2f, got n=4, f=2')
})
