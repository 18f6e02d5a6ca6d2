import { expect, test } from 'vitest'
import { realisedZ, supporters } from '#attacks/math/observed.ts'

/** Means 2, 5 and 1, population deviations 1, 3 and 0. */
const honest = [Float32Array.of(1, 2, 1), Float32Array.of(3, 8, 1)]

test("realised z is the median over coordinates of the vector's deviations below the mean", () => {
  expect(realisedZ(Float32Array.of(0.5, 0.5, 0), honest)).toBe(1.5)
  expect(realisedZ(Float32Array.of(1, 8, 0), honest)).toBe(0)
  expect(realisedZ(Float32Array.of(0, 2, 7), honest)).toBe(1.5)
})

test('realised z is 0 if all honest vectors are equal', () => {
  expect(realisedZ(Float32Array.of(5), [Float32Array.of(1), Float32Array.of(1)])).toBe(0)
})

test('supporters are the honest vectors at or beyond the factor, on its side', () => {
  const five = [0, 1, 2, 3, 9].map((value) => Float32Array.of(value, -value, 4))
  // Mean 3, deviation sqrt(10) in the first coordinate and its mirror image in the second; all agree in the third.
  expect(supporters(five, -1, 0)).toBe((4 + 2) / 2)
  expect(supporters(five, 1, 1)).toBe((1 + 0) / 2)
  expect(supporters(five, -1, 3)).toBe(0)
  expect(supporters(honest, -1, 1)).toBe(1)
})
