import { createColumn, nearestMiddle } from './kernels/column.ts'
import { kernels } from './kernels/kernels.ts'

/** Beyond this many coordinates, influence is counted on a sample of that many, evenly spread. */
const sample = 256

/** Coordinate-wise mean of the values ranked low to high (from 0, inclusive), with influence. O(n log^2 n d). */
export function meanOfRanks(vectors: readonly Float32Array[], low: number, high: number) {
  const coordinates = sampled(vectors)
  const { output, ranks } = kernels().sortedMean(vectors, low, high, coordinates)
  const influence = vectors.map((_, i) => {
    let count = 0
    for (let at = i * coordinates.length; at < (i + 1) * coordinates.length; at++)
      if ((ranks[at] as number) >= low && (ranks[at] as number) <= high) count++
    return count / ((high - low + 1) * coordinates.length)
  })
  return { output, influence }
}

/**
 * Coordinate-wise mean of the `keep` values nearest the median, ties to the lowest index, summed upwards, and how
 * large a share of all kept values came from each vector. O(n log^2 n d) time, a tile of memory.
 */
export function meanAroundMedian(vectors: readonly Float32Array[], keep: number) {
  const coordinates = sampled(vectors)
  const { output, values, ranks } = kernels().meanAroundMedian(vectors, keep, coordinates)
  const column = createColumn(vectors.length)
  const counts = new Float64Array(vectors.length)
  for (let first = 0; first < coordinates.length; first++) {
    for (let i = 0, at = first; i < vectors.length; i++, at += coordinates.length) {
      column.values[ranks[at] as number] = values[at] as number
      column.order[ranks[at] as number] = i
    }
    for (const rank of nearestMiddle(column, keep)) {
      const i = column.order[rank] as number
      counts[i] = (counts[i] as number) + 1
    }
  }
  return { output, influence: Array.from(counts, (count) => count / (keep * coordinates.length)) }
}

/** The coordinates on which influence is counted, ascending. */
function sampled(vectors: readonly Float32Array[]): number[] {
  const d = vectors[0]?.length ?? 0
  const count = Math.min(d, sample)
  return Array.from({ length: count }, (_, at) => Math.floor(((at + 0.5) * d) / count))
}
