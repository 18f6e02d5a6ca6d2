import { kernels } from '../kernels/kernels.ts'
import type { AggregationInput } from '../rule.ts'

/** Below this, squares of single differences are close to the smallest float32 numbers and lose digits. */
const faint = 1e-30

/**
 * Squared Euclidean distances between all pairs of vectors: n x n, row by row, zero on the diagonal.
 *
 * Sums of squared differences, in float32 within blocks of 512 coordinates and in float64 across blocks. The form |x|^2
 * + |y|^2 - 2xy would cancel digits for near vectors, and a Byzantine peer could hide there. Pairs with a sum outside
 * the range of float32 are summed again in float64. If all differences are below 2e-23, they count as 0. An array at
 * several positions is compared once. O(n^2 d / 2) time, O(n^2) memory.
 */
export function squaredDistances(vectors: readonly Float32Array[]): Float64Array {
  const n = vectors.length
  const distinct = [...new Set(vectors)]
  const m = distinct.length
  const sums = kernels().distances(distinct)
  for (let i = 0; i < m; i++) {
    for (let j = i + 1; j < m; j++) {
      let sum = sums[i * m + j] as number
      if (sum === Infinity || (sum > 0 && sum < faint))
        sum = squaredDistance(distinct[i] as Float32Array, distinct[j] as Float32Array)
      sums[i * m + j] = sum
      sums[j * m + i] = sum
    }
  }
  if (m === n) return sums
  const place = new Map(distinct.map((vector, i) => [vector, i]))
  const at = vectors.map((vector) => place.get(vector) as number)
  const distances = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) distances[i * n + j] = sums[(at[i] as number) * m + (at[j] as number)] as number
  return distances
}

/** Squared distances (n x n) of a rule's vectors: those given in its input, or computed. */
export function distancesOf({ vectors, distances }: Pick<AggregationInput, 'vectors' | 'distances'>): Float64Array {
  return distances ?? squaredDistances(vectors)
}

/**
 * Squared distances (n' x n') of the means of sets of k vectors, from the distances D of the vectors (n x n). With A in
 * one set only and B in the other only: k^2 |y - z|^2 = sum_AB D - sum over pairs in A - sum over pairs in B. Undefined
 * if more than six binary digits cancel; then compare the means themselves. O(n'^2 k^2).
 */
export function distancesOfMeans(
  distances: Float64Array,
  n: number,
  sets: readonly (readonly number[])[],
): Float64Array | undefined {
  const m = sets.length
  const members = sets.map((set) => new Set(set))
  const means = new Float64Array(m * m)
  const among = (left: readonly number[], right: readonly number[]) => {
    let sum = 0
    for (const i of left) for (const j of right) sum += distances[i * n + j] as number
    return sum
  }
  for (let i = 0; i < m; i++) {
    for (let j = i + 1; j < m; j++) {
      const [a, b] = [sets[i] as readonly number[], sets[j] as readonly number[]]
      const onlyA = a.filter((k) => !members[j]?.has(k))
      const onlyB = b.filter((k) => !members[i]?.has(k))
      const between = among(onlyA, onlyB)
      const within = (among(onlyA, onlyA) + among(onlyB, onlyB)) / 2
      if (between - within < between / 64) return undefined
      means[i * m + j] = (between - within) / (a.length * a.length)
      means[j * m + i] = means[i * m + j] as number
    }
  }
  return means
}

/** Squared Euclidean distances (n) of n vectors to a point, in float64. O(n d). */
export function squaredDistancesTo(vectors: readonly Float32Array[], point: Float32Array): Float64Array {
  return kernels().distancesTo(vectors, point)
}

/** Squared Euclidean distance of two vectors of length d: one float64 sum in coordinate order. */
export function squaredDistance(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0
  for (let k = 0; k < x.length; k++) {
    const difference = (x[k] as number) - (y[k] as number)
    sum += difference * difference
  }
  return sum
}
