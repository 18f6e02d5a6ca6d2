import { expect, test } from 'vitest'
import { lineSearch } from '#attacks/math/line-search.ts'

const search = { evaluations: 6, start: 0, delta: 10, ratio: 0.5 }
const factors = (gainOf: (z: number) => number) => lineSearch(gainOf, search).trace.map(({ z }) => z)

test('doubles its step while the gain grows', () => {
  expect(factors((z) => z)).toEqual([0, 10, 30, 70, 150, 310])
  expect(lineSearch((z) => z, search).z).toBe(310)
})

test('shrinks its step after the first failure, always from the best factor', () => {
  // The peak is at 13: 30 is too far, 20 as well; 15 is better than 10; 17.5 is not.
  expect(factors((z) => -((z - 13) ** 2))).toEqual([0, 10, 30, 20, 15, 17.5])
  expect(lineSearch((z) => -((z - 13) ** 2), search).z).toBe(15)
})

test('keeps the smallest factor of a plateau, and the first one if nothing is better', () => {
  expect(lineSearch((z) => Math.min(z, 10), search).z).toBe(10)
  expect(lineSearch(() => 1, search)).toEqual({
    z: 0,
    trace: [0, 10, 5, 2.5, 1.25, 0.625].map((z) => ({ z, gain: 1 })),
  })
  expect(lineSearch(() => Number.NaN, { ...search, evaluations: 1 }).trace).toHaveLength(1)
})
