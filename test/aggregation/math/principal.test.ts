import fc from 'fast-check'
import { expect, test } from 'vitest'
import { combination, distancesToPoint } from '#aggregation/math/combination.ts'
import { squaredDistance, squaredDistances } from '#aggregation/math/distances.ts'
import { sample, shuffled } from '#aggregation/math/draw.ts'
import { centredGram, principal } from '#aggregation/math/principal.ts'

test('finds the top eigenpair of a matrix known by hand', () => {
  const { value, vector } = principal(Float64Array.of(2, 1, 1, 2), 2)
  expect(value).toBeCloseTo(3, 14)
  expect([...vector]).toEqual([Math.SQRT1_2, Math.SQRT1_2].map((half) => expect.closeTo(half, 14)))
  expect(principal(new Float64Array(4), 2).value).toBe(0)
  expect(principal(Float64Array.of(1, 0, 0, 5), 2)).toEqual({ value: 5, vector: Float64Array.of(0, 1) })
})

test('is an eigenpair, and no direction has a higher Rayleigh quotient', () => {
  const matrices = fc
    .integer({ min: 1, max: 7 })
    .chain((n) => fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n * n, maxLength: n * n }))
  fc.assert(
    fc.property(matrices, (entries) => {
      const n = Math.sqrt(entries.length)
      const at = (i: number, j: number) => (entries[i * n + j] as number) + (entries[j * n + i] as number)
      const matrix = Float64Array.from(entries, (_, k) => at(Math.floor(k / n), k % n))
      const { value, vector } = principal(matrix, n)
      for (let i = 0; i < n; i++) {
        const product = vector.reduce((sum, v, j) => sum + v * at(i, j), 0)
        expect(product).toBeCloseTo(value * (vector[i] as number), 9)
        expect(at(i, i)).toBeLessThanOrEqual(value + 1e-9)
      }
      expect(vector.reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(1, 12)
    }),
  )
})

test('distances to a point in the span, and inner products around it, follow from the distances', () => {
  const vectors = [
    [0, 0],
    [4, 0],
    [0, 2],
  ].map((row) => Float32Array.from(row))
  const shares = [0.5, 0.25, 0.25]
  const centre = combination(vectors, shares)
  expect([...centre]).toEqual([1, 0.5])
  const distances = squaredDistances(vectors)
  const toCentre = distancesToPoint(distances, 3, shares)
  expect(toCentre).toEqual(vectors.map((vector) => squaredDistance(vector, centre)))
  // (-1, -.5) . (3, -.5) and (3, -.5) . (-1, 1.5).
  const gram = centredGram(distances, 3, toCentre)
  expect([gram[1], gram[5]]).toEqual([-2.75, -3.75])
})

test('a shuffle and a sample hold each number once', () => {
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  expect(shuffled(random, 9).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  const drawn = sample(random, 50, 20)
  expect(new Set(drawn).size).toBe(20)
  expect([...drawn]).toEqual([...drawn].sort((a, b) => a - b))
  expect([...sample(random, 3, 3)]).toEqual([0, 1, 2])
})
