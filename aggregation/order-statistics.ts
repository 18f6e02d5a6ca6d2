import { createColumn, nearestMiddle, sortCoordinate } from './kernels/column.ts'
import { kernels } from './kernels/kernels.ts'

/** Beyond this many coordinates, influence is counted on a sample of that many, evenly spread. */
const sample = 256

/** Coordinate-wise mean of the values ranked low to high (from 0, inclusive), with influence. O(n log^2 n d). */
export function meanOfRanks(vectors: readonly Float32Array[], low: number, high: number) {
  const ranks = Array.from({ length: high - low + 1 }, (_, i) => low + i)
  return {
    output: kernels().sortedMean(vectors, low, high),
    influence: sharesOf(vectors, ranks.length, () => ranks),
  }
}

/**
 * Coordinate-wise mean of the `keep` values nearest the median, ties to the lowest index, summed upwards, and how
 * large a share of all kept values came from each vector. O(n log^2 n d) time, a tile of memory.
 */
export function meanAroundMedian(vectors: readonly Float32Array[], keep: number) {
  return {
    output: kernels().meanAroundMedian(vectors, keep),
    influence: sharesOf(vectors, keep, (column) => nearestMiddle(column, keep)),
  }
}

/** Which share of the kept values came from each vector (n), on at most `sample` coordinates. */
function sharesOf(
  vectors: readonly Float32Array[],
  keep: number,
  kept: (column: ReturnType<typeof createColumn>) => readonly number[],
): number[] {
  const d = vectors[0]?.length ?? 0
  const count = Math.min(d, sample)
  const column = createColumn(vectors.length)
  const counts = new Float64Array(vectors.length)
  for (let at = 0; at < count; at++) {
    sortCoordinate(column, vectors, Math.floor(((at + 0.5) * d) / count))
    for (const rank of kept(column)) {
      const i = column.order[rank] as number
      counts[i] = (counts[i] as number) + 1
    }
  }
  return Array.from(counts, (times) => times / (keep * count))
}
