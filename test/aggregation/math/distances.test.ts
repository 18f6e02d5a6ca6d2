import { expect, test } from 'vitest'
import { distancesOfMeans, squaredDistance, squaredDistances, squaredDistancesTo } from '#aggregation/math/distances.ts'
import { nnm } from '#aggregation/pre-aggregators/nnm.ts'
import { inputOf } from '../input.ts'

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

test('distances to a point are exact to float64', () => {
  const vectors = Array.from({ length: 7 }, (_, i) =>
    Float32Array.from({ length: 1030 }, (_, k) => ((i * 31 + k * 17) % 23) / 7),
  )
  const distances = squaredDistancesTo(vectors, vectors[2] as Float32Array)
  expect(distances[2]).toBe(0)
  distances.forEach((squared, i) => {
    const exact = squaredDistance(vectors[i] as Float32Array, vectors[2] as Float32Array)
    expect(Math.abs(squared - exact)).toBeLessThanOrEqual(1e-14 * exact)
  })
})

test('distances of means follow from those of the vectors', () => {
  const vectors = Array.from({ length: 9 }, (_, i) =>
    Float32Array.from({ length: 12 }, (_, k) => Math.sin(i * i * 1.3 + k * 0.7) + (i === 8 ? 1e4 : 0)),
  )
  const sets = [
    [0, 1, 2, 3, 4, 5],
    [0, 1, 2, 3, 4, 5],
    [1, 2, 3, 4, 5, 6],
    [0, 2, 4, 6, 7, 8],
    [3, 4, 5, 6, 7, 8],
  ]
  const means = distancesOfMeans(squaredDistances(vectors), 9, sets) as Float64Array
  // In float64: rounded to float32, the means that the far vector is in lose the digits of their difference.
  const exact = sets.map((set) =>
    Array.from({ length: 12 }, (_, k) => set.reduce((s, i) => s + (vectors[i]?.[k] ?? 0), 0) / 6),
  )
  means.forEach((squared, at) => {
    const direct = squaredDistance(exact[Math.floor(at / 5)] as number[], exact[at % 5] as number[])
    expect(Math.abs(squared - direct)).toBeLessThanOrEqual(2e-6 * direct)
  })
  expect(means[1]).toBe(0)
})

test('distances of means are undefined if digits would cancel', () => {
  // Two pairs around one midpoint.
  const vectors = [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1.001],
  ].map((row) => Float32Array.from(row))
  const sets = [
    [0, 1],
    [2, 3],
  ]
  expect(distancesOfMeans(squaredDistances(vectors), 4, sets)).toBeUndefined()
})

test('nearest-neighbour mixing passes on the distances of its outputs', () => {
  const rows = Array.from({ length: 7 }, (_, i) => [Math.sin(3 * i), Math.cos(5 * i), i === 6 ? 90 : Math.sin(i)])
  const stage = nnm.configure({ name: 'nnm', f: 2 }, 7)
  const { vectors, distances } = stage.transform(inputOf(rows))
  const direct = squaredDistances(vectors)
  expect(distances).toBeDefined()
  distances?.forEach((squared, at) => {
    expect(Math.abs(squared - (direct[at] as number))).toBeLessThanOrEqual(1e-5 * (direct[at] as number))
  })
  // A pre-aggregator with given distances computes no others.
  const far = new Float64Array(49).map((_, at) => ((at % 7) - Math.floor(at / 7)) ** 2)
  expect(stage.transform({ ...inputOf(rows), distances: far }).mixing[0]).toEqual([0.2, 0.2, 0.2, 0.2, 0.2, 0, 0])
})
