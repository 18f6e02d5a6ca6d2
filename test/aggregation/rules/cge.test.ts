import { expect, test } from 'vitest'
import { cge } from '#aggregation/rules/cge.ts'
import { inputOf } from '../input.ts'

test('averages the n - f shortest vectors', () => {
  const rows = [
    [3, 4],
    [-6, 8],
    [0, 1],
  ]
  const { output, influence } = cge.configure({ name: 'cge', f: 1 }, 3).aggregate(inputOf(rows))
  expect([...output]).toEqual([1.5, 2.5])
  expect(influence).toEqual([0.5, 0, 0.5])
})

test('among equal norms the lowest index stays', () => {
  expect([...cge.configure({ name: 'cge', f: 1 }, 3).aggregate(inputOf([[1], [-1], [1]])).output]).toEqual([0])
})
