/** Coordinates that are looked at together: their sums stay in the nearest cache while the vectors pass by. */
const tile = 2048

/** Coordinate means (d) of vectors, in float64 and index order. */
export function meanOf(vectors: readonly Float32Array[]): Float64Array {
  const d = vectors[0]?.length ?? 0
  const mean = new Float64Array(d)
  for (let from = 0; from < d; from += tile) {
    const to = Math.min(d, from + tile)
    for (const vector of vectors) for (let k = from; k < to; k++) mean[k] = (mean[k] as number) + (vector[k] as number)
  }
  for (let k = 0; k < d; k++) mean[k] = (mean[k] as number) / vectors.length
  return mean
}

/**
 * Coordinate standard deviations (d) about the given means, in two passes; `ddof` 0 divides by the number of
 * vectors, 1 by one less.
 */
export function deviationOf(vectors: readonly Float32Array[], mean: Float64Array, ddof: 0 | 1): Float64Array {
  const d = mean.length
  const deviation = new Float64Array(d)
  for (let from = 0; from < d; from += tile) {
    const to = Math.min(d, from + tile)
    for (const vector of vectors) {
      for (let k = from; k < to; k++) {
        const difference = (vector[k] as number) - (mean[k] as number)
        deviation[k] = (deviation[k] as number) + difference * difference
      }
    }
  }
  for (let k = 0; k < d; k++) deviation[k] = Math.sqrt((deviation[k] as number) / (vectors.length - ddof))
  return deviation
}

/** |a - b|^2 as the sum of squared differences, in float64. */
export function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) {
    const difference = (a[k] as number) - (b[k] as number)
    sum += difference * difference
  }
  return sum
}
