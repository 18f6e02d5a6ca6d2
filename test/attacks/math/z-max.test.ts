import { expect, test } from 'vitest'
import { zMax } from '#attacks/math/z-max.ts'
import vectors from '../../vectors/zmax.json' with { type: 'json' }

test("is 1.43 for the paper's example of 50 workers, 24 of them corrupt", () => {
  expect(zMax(50, 24)).toBeCloseTo(1.426, 3)
})

test.each(vectors.zmax)('n=$n, m=$m gives $z', ({ n, m, z }) => {
  expect(Math.abs(zMax(n, m) - z)).toBeLessThan(1e-12)
})

/** Three digits of the formula for groups from 5 to 100. */
const table: readonly (readonly [n: number, m: number, z: number])[] = [
  [5, 1, 0],
  [7, 1, 0],
  [7, 2, 0.253],
  [8, 1, -0.18],
  [8, 2, 0],
  [9, 2, 0.18],
  [10, 1, -0.14],
  [10, 2, 0],
  [10, 3, 0.18],
  [10, 4, 0.431],
  [12, 2, 0],
  [16, 3, 0.097],
  [20, 6, 0.366],
  [20, 8, 0.674],
  [25, 5, 0.253],
  [25, 11, 1.068],
  [26, 6, 0.253],
  [30, 6, 0.21],
  [32, 6, 0.194],
  [32, 8, 0.319],
  [50, 3, 0.027],
  [50, 5, 0.084],
  [50, 8, 0.18],
  [50, 10, 0.253],
  [50, 12, 0.336],
  [20, 4, 0.157],
  [50, 20, 0.842],
  [51, 5, 0.109],
  [51, 10, 0.279],
  [51, 12, 0.361],
  [51, 15, 0.508],
  [51, 20, 0.865],
  [51, 24, 1.446],
  [51, 25, 1.769],
  [100, 10, 0.112],
  [100, 20, 0.286],
  [100, 40, 0.903],
  [100, 49, 1.76],
  [27, 12, 1.111],
]
test.each(table)('n=%i, m=%i gives %f', (n, m, z) => {
  expect(Math.abs(zMax(n, m) - z)).toBeLessThanOrEqual(0.0006)
})

test('refuses a majority of Byzantine peers, and a group of Byzantine peers only', () => {
  expect(() => zMax(3, 2)).toThrow(/at most n \/ 2 Byzantine peers, got n=3, m=2/)
  expect(() => zMax(16, 11)).toThrow(RangeError)
  expect(() => zMax(2, 2)).toThrow(/needs an honest peer/)
})

test('is minus infinity in a group of two', () => {
  expect(zMax(2, 1)).toBe(-Infinity)
})
