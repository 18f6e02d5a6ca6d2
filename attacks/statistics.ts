/** Coordinate means (d) of vectors, in float64 and index order. */
export function meanOf(vectors: readonly Float32Array[]): Float64Array {
  const d = vectors[0]?.length ?? 0
  const mean = new Float64Array(d)
  let i = 0
  // Four at a time, each added in its turn: a quarter of the traffic with the sums.
  for (; i + 4 <= vectors.length; i += 4) {
    const [a, b, c, e] = vectors.slice(i, i + 4) as [Float32Array, Float32Array, Float32Array, Float32Array]
    for (let k = 0; k < d; k++) {
      const sum = (mean[k] as number) + (a[k] as number) + (b[k] as number)
      mean[k] = sum + (c[k] as number) + (e[k] as number)
    }
  }
  for (const vector of vectors.slice(i)) {
    for (let k = 0; k < d; k++) mean[k] = (mean[k] as number) + (vector[k] as number)
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
  let i = 0
  for (; i + 4 <= vectors.length; i += 4) {
    const [a, b, c, e] = vectors.slice(i, i + 4) as [Float32Array, Float32Array, Float32Array, Float32Array]
    for (let k = 0; k < d; k++) {
      const centre = mean[k] as number
      const fromA = (a[k] as number) - centre
      const fromB = (b[k] as number) - centre
      const fromC = (c[k] as number) - centre
      const fromE = (e[k] as number) - centre
      const sum = (deviation[k] as number) + fromA * fromA + fromB * fromB
      deviation[k] = sum + fromC * fromC + fromE * fromE
    }
  }
  for (const vector of vectors.slice(i)) {
    for (let k = 0; k < d; k++) {
      const difference = (vector[k] as number) - (mean[k] as number)
      deviation[k] = (deviation[k] as number) + difference * difference
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
