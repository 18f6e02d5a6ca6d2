import { createColumn, nearestMiddle } from './kernels/column.ts'
import { kernels } from './kernels/kernels.ts'

/** Beyond this many coordinates, influence is counted on a sample of that many, evenly spread. */
const sample = 256

/** Coordinate-wise mean of the values ranked low to high (from 0, inclusive), with influence. O(n log^2 n d). */
export function meanOfRanks(vectors: readonly Float32Array[], low: number, high: number) {
  const coordinates = sampled(vectors)
  const ranks = kernels().ranks(vectors, coordinates)
  const share = 1 / ((high - low + 1) * coordinates.length)
  const influence = vectors.map((_, i) => {
    let count = 0
    for (const rank of ranks.subarray(i * coordinates.length, (i + 1) * coordinates.length))
      if (rank >= low && rank <= high) count++
    return count * share
  })
  return { output: kernels().sortedMean(vectors, low, high), influence }
}

/**
 * Coordinate-wise mean of the `keep` values nearest the median, ties to the lowest index, summed upwards, and how
 * large a share of all kept values came from each vector. O(n log^2 n d) time, a tile of memory.
 */
export function meanAroundMedian(vectors: readonly Float32Array[], keep: number) {
  const coordinates = sampled(vectors)
  const ranks = kernels().ranks(vectors, coordinates)
  const column = createColumn(vectors.length)
  const counts = new Float64Array(vectors.length)
  coordinates.forEach((k, at) => {
    vectors.forEach((vector, i) => {
      const rank = ranks[i * coordinates.length + at] as number
      column.values[rank] = vector[k] as number
      column.order[rank] = i
    })
    for (const rank of nearestMiddle(column, keep)) {
      const i = column.order[rank] as number
      counts[i] = (counts[i] as number) + 1
    }
  })
  return {
    output: kernels().meanAroundMedian(vectors, keep),
    influence: Array.from(counts, (count) => count / (keep * coordinates.length)),
  }
}

/** The coordinates on which influence is counted. */
function sampled(vectors: readonly Float32Array[]): number[] {
  const d = vectors[0]?.length ?? 0
  const count = Math.min(d, sample)
  return Array.from({ length: count }, (_, at) => Math.floor(((at + 0.5) * d) / count))
}
