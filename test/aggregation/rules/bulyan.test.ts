import { expect, test } from 'vitest'
import { bulyan } from '#aggregation/rules/bulyan.ts'
import { inputOf } from '../input.ts'

const line = [[0], [1], [2], [3], [4], [5], [100]]

test('averages the values nearest the median of the vectors that repeated Krum chose', () => {
  const { output, influence } = bulyan.configure({ name: 'bulyan', f: 1 }, 7).aggregate(inputOf(line))
  // Squared, 4 then 3, 2, 1 and 1 others: Krum takes 2 (score 10), 3 (9), 1 (10), 4 (1), and of 0, 5 and 100, where
  // 0 and 5 tie, 0. Of 0 1 2 3 4 the three nearest 2 stay.
  expect([...output]).toEqual([2])
  expect(influence).toEqual([0, 1, 1, 1, 0, 0, 0].map((kept) => kept / 3))
})

test("counts plain distances and keeps one value fewer in the LIE authors' variant", () => {
  const rule = bulyan.configure({ name: 'bulyan', f: 1, variant: 'lie-authors' }, 7)
  const { output, influence } = rule.aggregate(inputOf(line))
  // Plain, 6 then 5, 4, 3 and 2 others: 3 (106), 2 (106), 4 (104), 1 (104), 5 (100). Of 1 2 3 4 5 stay 3 and, as
  // near as 4 but first, 2.
  expect([...output]).toEqual([2.5])
  expect(influence).toEqual([0, 0, 0.5, 0.5, 0, 0, 0])
})

test('needs n >= 4f + 3; with f = 0 it is the mean', () => {
  expect(() => bulyan.configure({ name: 'bulyan', f: 1 }, 6)).toThrow('bulyan needs n >= 4f + 3, got n=6, f=1')
  expect([...bulyan.configure({ name: 'bulyan', f: 0 }, 3).aggregate(inputOf([[0], [3], [9]])).output]).toEqual([4])
})
