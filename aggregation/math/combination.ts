import { weightedSum } from './mean.ts'

/**
 * sum_i c_i x_i (d) in float64 in index order, rounded once; a new array. Vectors with coefficient 0 are not read. The
 * coefficients need not sum to 1. O(n d).
 */
export function combination(vectors: readonly Float32Array[], coefficients: readonly number[]): Float32Array {
  const used = vectors.map((_, i) => i).filter((i) => coefficients[i] !== 0)
  if (used.length === 0) return new Float32Array(vectors[0]?.length ?? 0)
  return weightedSum(
    used.map((i) => vectors[i] as Float32Array),
    used.map((i) => coefficients[i] as number),
  )
}

/**
 * Squared distances (n) of all n vectors to the point z = sum_j a_j x_j with sum a = 1, from the squared distances D (n
 * x n) alone: |x_i - z|^2 = sum_j a_j D_ij - a'Da / 2. Never negative. O(n^2).
 */
export function distancesToPoint(distances: Float64Array, n: number, shares: readonly number[]): number[] {
  const { toShares, spread } = parts(distances, n, shares)
  return toShares.map((sum) => Math.max(0, sum - spread / 2))
}

/**
 * The same, or undefined if cancellation makes it inaccurate: if for any vector less than the share `min` of sum_j
 * a_j D_ij is left.
 */
export function keptDistancesToPoint(
  distances: Float64Array,
  n: number,
  shares: readonly number[],
  min: number,
): number[] | undefined {
  const { toShares, spread } = parts(distances, n, shares)
  const left = toShares.map((sum) => sum - spread / 2)
  return left.every((squared, i) => squared >= min * (toShares[i] as number)) ? left : undefined
}

/** sum_j a_j D_ij of each vector, and a'Da. */
function parts(distances: Float64Array, n: number, shares: readonly number[]) {
  const toShares = Array.from({ length: n }, (_, i) => {
    let sum = 0
    for (let j = 0; j < n; j++) sum += (shares[j] as number) * (distances[i * n + j] as number)
    return sum
  })
  let spread = 0
  for (let i = 0; i < n; i++) spread += (shares[i] as number) * (toShares[i] as number)
  return { toShares, spread }
}
