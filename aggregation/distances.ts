/**
 * Squared Euclidean distances between all pairs of vectors: n x n, row by row, zero on the diagonal.
 *
 * Each is one float64 sum in coordinate order; four pairs advance together, since a lone sum waits for its own
 * last addition. O(n^2 d / 2) time, O(n^2) memory.
 */
export function squaredDistances(vectors: readonly Float32Array[]): Float64Array {
  const n = vectors.length
  const distances = new Float64Array(n * n)
  const put = (i: number, j: number, value: number) => {
    distances[i * n + j] = value
    distances[j * n + i] = value
  }
  for (let i = 0; i < n; i++) {
    const x = vectors[i] as Float32Array
    let j = i + 1
    for (; j + 3 < n; j += 4) {
      const a = vectors[j] as Float32Array
      const b = vectors[j + 1] as Float32Array
      const c = vectors[j + 2] as Float32Array
      const e = vectors[j + 3] as Float32Array
      let toA = 0
      let toB = 0
      let toC = 0
      let toE = 0
      for (let k = 0; k < x.length; k++) {
        const value = x[k] as number
        const inA = value - (a[k] as number)
        const inB = value - (b[k] as number)
        const inC = value - (c[k] as number)
        const inE = value - (e[k] as number)
        toA += inA * inA
        toB += inB * inB
        toC += inC * inC
        toE += inE * inE
      }
      put(i, j, toA)
      put(i, j + 1, toB)
      put(i, j + 2, toC)
      put(i, j + 3, toE)
    }
    for (; j < n; j++) put(i, j, squaredDistance(x, vectors[j] as Float32Array))
  }
  return distances
}

/** Squared Euclidean distance of two vectors of length d, one float64 sum in coordinate order. */
export function squaredDistance(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0
  for (let k = 0; k < x.length; k++) {
    const difference = (x[k] as number) - (y[k] as number)
    sum += difference * difference
  }
  return sum
}
