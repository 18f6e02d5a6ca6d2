import { kernels } from '#aggregation/kernels/kernels.ts'

/** Coordinate means (d) of vectors (n x d), in float64 and index order. */
export function meanOf(vectors: readonly Float32Array[]): Float64Array {
  const mean = kernels().sums(vectors, 1)
  for (let k = 0; k < mean.length; k++) mean[k] = (mean[k] as number) / vectors.length
  return mean
}

/**
 * Coordinate standard deviations (d) about the given means, in two passes. `ddof` 0 divides by the number of vectors n,
 * 1 by n - 1.
 */
export function deviationOf(vectors: readonly Float32Array[], mean: Float64Array, ddof: 0 | 1): Float64Array {
  return kernels().deviations(vectors, mean, vectors.length - ddof)
}

/** |v - centre|^2 of each vector v (n), each a float64 sum in coordinate order. */
export function squaredDistancesTo(vectors: readonly Float32Array[], centre: Float64Array): number[] {
  return [...kernels().distancesToCentre(vectors, centre)]
}

/**
 * The number at a rank (from 0, ascending) among the first `count` numbers, none of them NaN. Reorders them. O(count).
 */
export function selectRank(numbers: Float64Array, count: number, rank: number): number {
  let low = 0
  let high = count - 1
  while (low < high) {
    const pivot = numbers[(low + high) >> 1] as number
    let i = low
    let j = high
    while (i <= j) {
      while ((numbers[i] as number) < pivot) i++
      while ((numbers[j] as number) > pivot) j--
      if (i > j) break
      const swapped = numbers[i] as number
      numbers[i++] = numbers[j] as number
      numbers[j--] = swapped
    }
    if (rank <= j) high = j
    else if (rank >= i) low = i
    else return pivot
  }
  return numbers[low] as number
}
