import { expect, test } from 'vitest'
import { binomial, smea } from '#aggregation/rules/smea.ts'
import { inputOf } from '../input.ts'

test('averages the n - f vectors with the smallest maximum variance', () => {
  const rows = [
    [0, 0],
    [4, 0],
    [2, 1],
    [2, 4],
  ]
  // Without the last: variance 8/3 along x. Without the third: 8/3 and 32/9; without the first: 13/9 and 8/9 joined.
  const { influence, output } = smea.configure({ name: 'smea', f: 1 }, 4).aggregate(inputOf(rows))
  expect(influence).toEqual([1 / 3, 1 / 3, 1 / 3, 0])
  expect([...output]).toEqual([2, Math.fround(1 / 3)])
})

test('among equally good subsets the first wins', () => {
  expect([...smea.configure({ name: 'smea', f: 1 }, 3).aggregate(inputOf([[0], [2], [4]])).output]).toEqual([1])
})

test('refuses a search through more than a million subsets, with numbers', () => {
  expect(binomial(25, 5)).toBe(53130)
  expect(smea.configure({ name: 'smea', f: 5 }, 25).f).toBe(5)
  expect(() => smea.configure({ name: 'smea', f: 12 }, 51)).toThrow(
    'smea needs C(n, f) <= 1000000 subsets, got n=51, f=12: 1.59e+11',
  )
})
