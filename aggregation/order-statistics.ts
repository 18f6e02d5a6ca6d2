/** Room to sort one coordinate of n vectors again and again without allocating. */
export interface Column {
  /** The n numbers in index order; filled by the caller, left alone by `sort`. */
  readonly raw: Float64Array
  /** After `sort`: the numbers in ascending order, equal ones in index order. */
  readonly values: Float64Array
  /** After `sort`: the index in `raw` of each of `values`. */
  readonly order: Uint32Array
  /** Stable. O(n^2) to 64 numbers, where insertion is fastest, O(n log n) beyond. */
  sort(): void
}

export function createColumn(n: number): Column {
  const raw = new Float64Array(n)
  const values = new Float64Array(n)
  const order = new Uint32Array(n)
  const run = 32
  const spareValues = new Float64Array(n > 2 * run ? n : 0)
  const spareOrder = new Uint32Array(n > 2 * run ? n : 0)

  function insert(from: number, to: number) {
    for (let i = from; i < to; i++) {
      const value = raw[i] as number
      let at = i
      while (at > from && (values[at - 1] as number) > value) {
        values[at] = values[at - 1] as number
        order[at] = order[at - 1] as number
        at--
      }
      values[at] = value
      order[at] = i
    }
  }

  function merge(from: number, middle: number, to: number) {
    spareValues.set(values.subarray(from, middle), from)
    spareOrder.set(order.subarray(from, middle), from)
    let left = from
    let right = middle
    let at = from
    while (left < middle) {
      if (right < to && (values[right] as number) < (spareValues[left] as number)) {
        values[at] = values[right] as number
        order[at++] = order[right++] as number
      } else {
        values[at] = spareValues[left] as number
        order[at++] = spareOrder[left++] as number
      }
    }
  }

  return {
    raw,
    values,
    order,
    sort() {
      if (n <= 2 * run) return insert(0, n)
      for (let from = 0; from < n; from += run) insert(from, Math.min(n, from + run))
      for (let width = run; width < n; width *= 2)
        for (let from = 0; from + width < n; from += 2 * width) merge(from, from + width, Math.min(n, from + 2 * width))
    },
  }
}

/** Fills a column with coordinate k of every vector and sorts it. */
export function sortCoordinate(column: Column, vectors: readonly Float32Array[], k: number): void {
  const { raw } = column
  for (let i = 0; i < raw.length; i++) raw[i] = (vectors[i] as Float32Array)[k] as number
  column.sort()
}

/** Median of ascending numbers: the middle one, or the mean of the two in the middle. */
export function middle(sorted: Float64Array): number {
  const half = sorted.length >> 1
  const upper = sorted[half] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2
}

/**
 * Coordinate-wise mean of the `keep` values nearest the median, ties to the lowest index, summed from the nearest
 * outwards, and how large a share of all kept values came from each vector. O(n d) in practice, O(n) extra memory.
 */
export function meanAroundMedian(vectors: readonly Float32Array[], keep: number) {
  const n = vectors.length
  const d = vectors[0]?.length ?? 0
  const values = createColumn(n)
  const distances = createColumn(n)
  const output = new Float32Array(d)
  const kept = new Float64Array(n)
  for (let k = 0; k < d; k++) {
    sortCoordinate(values, vectors, k)
    const median = middle(values.values)
    for (let i = 0; i < n; i++) distances.raw[i] = Math.abs((values.raw[i] as number) - median)
    distances.sort()
    let sum = 0
    for (let rank = 0; rank < keep; rank++) {
      const i = distances.order[rank] as number
      sum += values.raw[i] as number
      kept[i] = (kept[i] as number) + 1
    }
    output[k] = sum / keep
  }
  return { output, influence: Array.from(kept, (count) => count / (keep * d)) }
}
