import { kernels } from '../kernels/kernels.ts'

/**
 * Mean (d) of the vectors at some indices, in float64 in the order of the indices, rounded once; a new array.
 * O(|indices| d).
 */
export function meanOf(vectors: readonly Float32Array[], indices: readonly number[]): Float32Array {
  return kernels().scaledSum(
    indices.map((i) => vectors[i] as Float32Array),
    1 / indices.length,
  )
}

/**
 * sum_i weights[i] x_i (d) in float64 in index order, rounded once; a new array. If all weights are equal, as on the
 * complete graph, the weight multiplies the sum. O(n d).
 */
export function weightedSum(vectors: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const [first] = weights
  if (first !== undefined && weights.every((weight) => weight === first)) return kernels().scaledSum(vectors, first)
  return kernels().weightedSum(vectors, weights)
}

/**
 * Means of sets of vectors, in float64, rounded once. Sets are lists of indices and have equal size. One output (d) per
 * set, the same array for equal sets. O(|distinct sets| n d).
 */
export function meansOf(vectors: readonly Float32Array[], sets: readonly (readonly number[])[]): Float32Array[] {
  const distinct = new Map(sets.map((set) => [set.join(), set]))
  const means = kernels().meansOfSets(vectors, [...distinct.values()])
  const byKey = new Map([...distinct.keys()].map((key, i) => [key, means[i] as Float32Array]))
  return sets.map((set) => byKey.get(set.join()) as Float32Array)
}

/** Influence (n) of a plain mean of some of n vectors. */
export function equalShares(n: number, indices: readonly number[]): number[] {
  const influence = new Array<number>(n).fill(0)
  for (const i of indices) influence[i] = 1 / indices.length
  return influence
}
