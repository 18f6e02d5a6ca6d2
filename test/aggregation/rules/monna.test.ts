import { expect, test } from 'vitest'
import { monna } from '#aggregation/rules/monna.ts'
import { inputOf } from '../input.ts'

const rows = [[0], [1], [3], [8]]

test('averages the n - f vectors nearest to its own vector, which is one of them', () => {
  const rule = monna.configure({ name: 'monna', f: 1 }, 4)
  expect([...rule.aggregate(inputOf(rows, { own: 0 })).output]).toEqual([Math.fround(4 / 3)])
  expect([...rule.aggregate(inputOf(rows, { own: 3 })).output]).toEqual([4])
  expect(rule.aggregate(inputOf(rows, { own: 3 })).influence).toEqual([0, 1 / 3, 1 / 3, 1 / 3])
})

test('counts its own vector even beside equal ones, then the lowest index', () => {
  const { influence } = monna.configure({ name: 'monna', f: 1 }, 3).aggregate(inputOf([[1], [1], [1]], { own: 2 }))
  expect(influence).toEqual([0.5, 0, 0.5])
})

test('needs n > 2f', () => {
  expect(() => monna.configure({ name: 'monna', f: 2 }, 4)).toThrow('monna needs n > 2f, got n=4, f=2')
})
