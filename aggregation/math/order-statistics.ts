import { countNearest, createColumn } from '../kernels/column.ts'
import { kernels } from '../kernels/kernels.ts'

/** With more coordinates than this, influence is counted on this many evenly spread ones. */
const sample = 256

/**
 * Coordinate-wise mean (d) of the values ranked low to high (from 0, inclusive), with influence (n). O(n log^2 n d).
 */
export function meanOfRanks(vectors: readonly Float32Array[], low: number, high: number) {
  const coordinates = sampled(vectors)
  const { output, ranks } = kernels().sortedMean(vectors, low, high, coordinates)
  const counts = new Float64Array(vectors.length)
  for (let i = 0, at = 0; i < vectors.length; i++) {
    let count = 0
    for (const end = at + coordinates.length; at < end; at++) {
      const rank = ranks[at] as number
      count += rank >= low && rank <= high ? 1 : 0
    }
    counts[i] = count
  }
  return { output, influence: sharesOf(counts, (high - low + 1) * coordinates.length) }
}

/**
 * Coordinate-wise mean (d) of the `keep` values nearest the median, with influence (n): each vector's share of all kept
 * values. Ties go to the lowest index; sums run in ascending order. O(n log^2 n d) time, memory for one tile.
 */
export function meanAroundMedian(vectors: readonly Float32Array[], keep: number) {
  const coordinates = sampled(vectors)
  const { output, values, ranks } = kernels().meanAroundMedian(vectors, keep, coordinates)
  const column = createColumn(vectors.length)
  const counts = new Float64Array(vectors.length)
  for (let first = 0; first < coordinates.length; first++) {
    for (let i = 0, at = first; i < vectors.length; i++, at += coordinates.length) {
      const rank = ranks[at] as number
      column.values[rank] = values[at] as number
      column.order[rank] = i
    }
    countNearest(column, keep, counts)
  }
  return { output, influence: sharesOf(counts, keep * coordinates.length) }
}

/** Coordinates on which influence is counted, ascending. */
function sampled(vectors: readonly Float32Array[]): number[] {
  const d = vectors[0]?.length ?? 0
  const count = Math.min(d, sample)
  return Array.from({ length: count }, (_, at) => Math.floor(((at + 0.5) * d) / count))
}

function sharesOf(counts: Float64Array, all: number): number[] {
  return Array.from(counts, (count) => count / all)
}
