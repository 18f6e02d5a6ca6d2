/** Buffers that sort one coordinate of n vectors repeatedly without allocating. */
export interface Column {
  /** The n numbers in index order. The caller fills it; `sort` does not change it. */
  readonly raw: Float64Array
  /** After `sort`: the numbers in ascending order, equal ones in index order. */
  readonly values: Float64Array
  /** After `sort`: the index in `raw` of each of `values`. */
  readonly order: Uint32Array
  /** Stable. O(n^2) up to 64 numbers, where insertion is fastest; O(n log n) above. */
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

/** Median of ascending numbers: the middle one, or the mean of the middle two. */
export function middle(sorted: Float64Array): number {
  const half = sorted.length >> 1
  const upper = sorted[half] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2
}

/**
 * Ranks of the `keep` values of a sorted column nearest its median, ascending. Among equal distances (in float64) on
 * both sides, the values with the lowest indices stay.
 */
function nearestMiddle(column: Column, keep: number): number[] {
  const { values, order } = column
  const from = windowStart(values, keep)
  if (!isTied(values, from, keep)) return Array.from({ length: keep }, (_, i) => from + i)
  const centre = middle(values)
  const radius = centre - (values[from] as number)
  const inside: number[] = []
  const edge: number[] = []
  for (let rank = 0; rank < values.length; rank++) {
    const distance = Math.abs((values[rank] as number) - centre)
    if (distance < radius) inside.push(rank)
    else if (distance === radius) edge.push(rank)
  }
  edge.sort((a, b) => (order[a] as number) - (order[b] as number))
  return [...inside, ...edge.slice(0, keep - inside.length)].sort((a, b) => a - b)
}

/** Adds 1 in `counts` at the index of each of the `keep` values nearest the median of a sorted column. */
export function countNearest(column: Column, keep: number, counts: Float64Array): void {
  const { values, order } = column
  const add = (rank: number) => {
    const i = order[rank] as number
    counts[i] = (counts[i] as number) + 1
  }
  const from = windowStart(values, keep)
  if (isTied(values, from, keep)) nearestMiddle(column, keep).forEach(add)
  else for (let rank = from; rank < from + keep; rank++) add(rank)
}

/**
 * Lowest rank of the window of `keep` values. It moves up while its lowest value is farther from the median than the
 * next.
 */
function windowStart(values: Float64Array, keep: number): number {
  const centre = middle(values)
  let from = 0
  while (from + keep < values.length && centre - (values[from] as number) > (values[from + keep] as number) - centre)
    from++
  return from
}

/** Whether the window's lowest value and the value after its highest are equally far from the median but not equal. */
function isTied(values: Float64Array, from: number, keep: number): boolean {
  if (from + keep >= values.length || values[from] === values[from + keep]) return false
  const centre = middle(values)
  return centre - (values[from] as number) === (values[from + keep] as number) - centre
}

/**
 * Mean of the `keep` values of coordinate k nearest its median if the edge of the window is tied; summed in ascending
 * order.
 */
export function tiedMean(column: Column, vectors: readonly Float32Array[], k: number, keep: number): number {
  sortCoordinate(column, vectors, k)
  let sum = 0
  for (const rank of nearestMiddle(column, keep)) sum += column.values[rank] as number
  return sum / keep
}
