import { expect, test } from 'vitest'
import { caf } from '#aggregation/caf.ts'
import { inputOf } from './input.ts'

test('takes the weight of the vector that stands out', () => {
  const { output, influence } = caf.configure({ name: 'caf', f: 1 }, 4).aggregate(inputOf([[0], [0], [0], [8]]))
  // Mean 2: parts 4, 4, 4, 36, so the last falls to 0 and the others to 8/9 each; their variance is 0.
  expect([...output]).toEqual([0])
  expect(influence.map((share) => Math.round(share * 3e9) / 3e9)).toEqual([1 / 3, 1 / 3, 1 / 3, 0])
})

test('goes on among those that count when one is far beyond the others', () => {
  const rows = [[0], [1], [-1], [1e6], [50]]
  const { influence } = caf.configure({ name: 'caf', f: 2 }, 5).aggregate(inputOf(rows))
  expect(influence.slice(3).every((share) => share < 1e-6)).toBe(true)
})

test('is the mean without liars, and where all agree', () => {
  expect([...caf.configure({ name: 'caf', f: 0 }, 2).aggregate(inputOf([[1], [3]])).output]).toEqual([2])
  expect([...caf.configure({ name: 'caf', f: 1 }, 3).aggregate(inputOf([[5], [5], [5]])).output]).toEqual([5])
})
