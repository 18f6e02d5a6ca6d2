import { expect, test } from 'vitest'
import { squaredDistance, squaredDistances } from '#aggregation/distances.ts'

test('all pairs agree with each pair alone, bit for bit', () => {
  const vectors = Array.from({ length: 11 }, (_, i) =>
    Float32Array.from({ length: 9 }, (_, k) => ((i * 31 + k * 17) % 23) / 7),
  )
  const distances = squaredDistances(vectors)
  vectors.forEach((x, i) => {
    vectors.forEach((y, j) => {
      expect(distances[i * 11 + j]).toBe(squaredDistance(x, y))
    })
  })
  expect(squaredDistance([1, 2], [4, 6])).toBe(25)
})
