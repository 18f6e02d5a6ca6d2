/** Mean of the vectors at some indices, in float64 in the order of the indices, rounded once; fresh. O(|indices| d). */
export function meanOf(vectors: readonly Float32Array[], indices: readonly number[]): Float32Array {
  const d = vectors[0]?.length ?? 0
  const sums = new Float64Array(d)
  for (const i of indices) {
    const vector = vectors[i] as Float32Array
    for (let k = 0; k < d; k++) sums[k] = (sums[k] as number) + (vector[k] as number)
  }
  const output = new Float32Array(d)
  for (let k = 0; k < d; k++) output[k] = (sums[k] as number) / indices.length
  return output
}

/** Influence (n) of a plain mean over some of n vectors. */
export function equalShares(n: number, indices: readonly number[]): number[] {
  const influence = new Array<number>(n).fill(0)
  for (const i of indices) influence[i] = 1 / indices.length
  return influence
}
