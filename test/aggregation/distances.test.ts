import { expect, test } from 'vitest'
import { squaredDistance, squaredDistances } from '#aggregation/distances.ts'

test('all pairs agree with each pair alone, to the digits of float32', () => {
  const vectors = Array.from({ length: 11 }, (_, i) =>
    Float32Array.from({ length: 9 }, (_, k) => ((i * 31 + k * 17) % 23) / 7),
  )
  const distances = squaredDistances(vectors)
  vectors.forEach((x, i) => {
    vectors.forEach((y, j) => {
      const exact = squaredDistance(x, y)
      expect(Math.abs((distances[i * 11 + j] as number) - exact)).toBeLessThanOrEqual(1e-6 * exact)
    })
  })
  expect(squaredDistance([1, 2], [4, 6])).toBe(25)
})

test('distances beyond the range of float32 are exact, in either direction', () => {
  const [huge, tiny] = [3e30, 3e-20].map((size) => [Float32Array.of(size), Float32Array.of(-size)] as const)
  for (const pair of [huge, tiny] as const) {
    const [x, y] = pair as readonly [Float32Array, Float32Array]
    expect(squaredDistances([x, y])[1]).toBe(squaredDistance(x, y))
  }
})

test('the same array at several places has the same distances', () => {
  const [a, b, c] = [
    [1, 2],
    [4, 6],
    [0, 0],
  ].map((row) => Float32Array.from(row)) as [Float32Array, Float32Array, Float32Array]
  expect(squaredDistances([a, b, a, c])).toEqual(squaredDistances([a, b, a.slice(), c]))
})
