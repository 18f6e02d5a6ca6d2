/** A comparator of a sorting network: its two rows, and which of them are read later. */
export interface Comparator {
  /** Row that gets the smaller value; the other gets the larger. */
  readonly low: number
  readonly high: number
  readonly keepsLow: boolean
  readonly keepsHigh: boolean
}

/** Class of a rank that is never read. */
export const unread = -1

/**
 * A network that sorts n values as far as `classes` (n numbers) requires. Each rank ends in a row of its class; ranks
 * of class `unread` may end anywhere. Batcher's odd-even merge sort without the comparators that no class depends on.
 *
 * Batcher 1968, https://doi.org/10.1145/1468075.1468121. O(n log^2 n) comparators.
 */
export function sortingNetwork(n: number, classes: readonly number[]): Comparator[] {
  const pairs: (readonly [number, number])[] = []
  for (let sorted = 1; sorted < n; sorted *= 2) {
    for (let step = sorted; step >= 1; step /= 2) {
      for (let from = step % sorted; from + step < n; from += 2 * step) {
        for (let i = from; i < Math.min(from + step, n - step); i++) {
          if (Math.floor(i / (2 * sorted)) === Math.floor((i + step) / (2 * sorted))) pairs.push([i, i + step])
        }
      }
    }
  }
  // From the end: rows that are still interchangeable within their class, and rows that are read later.
  const open: (number | undefined)[] = [...classes]
  const network: Comparator[] = []
  for (const [low, high] of pairs.reverse()) {
    if (open[low] !== undefined && open[low] === open[high]) continue
    network.push({ low, high, keepsLow: open[low] !== unread, keepsHigh: open[high] !== unread })
    open[low] = undefined
    open[high] = undefined
  }
  return network.reverse()
}

/** Classes for a mean of the ranks low to high: these are interchangeable, the others unread. */
export function classesOfRanks(n: number, low: number, high: number): number[] {
  return Array.from({ length: n }, (_, rank) => (rank >= low && rank <= high ? 0 : unread))
}

/**
 * Classes for the `keep` values nearest the median. Ranks that every position of the window keeps, except the median,
 * are interchangeable. Every other rank has its own class.
 */
export function classesOfWindow(n: number, keep: number): number[] {
  return Array.from({ length: n }, (_, rank) => {
    const median = rank === (n - 1) >> 1 || rank === n >> 1
    return !median && rank >= n - keep && rank < keep ? 0 : rank + 1
  })
}

/** Consecutive comparators of a network that touch few rows. */
export interface Stretch {
  /** All rows that they touch, in the order of first use. */
  readonly rows: readonly number[]
  readonly comparators: readonly Comparator[]
}

/**
 * The same network in stretches of at most `maxRows` rows, each as long as possible. Comparators of different rows may
 * be reordered, which does not change the result. O(comparators^2).
 */
export function inStretches(network: readonly Comparator[], maxRows: number): Stretch[] {
  let waiting = [...network]
  const stretches: Stretch[] = []
  while (waiting.length > 0) {
    const rows = new Set<number>()
    const comparators: Comparator[] = []
    for (let next = nearest(waiting, rows, maxRows); next; next = nearest(waiting, rows, maxRows)) {
      const { low, high } = next
      rows.add(low).add(high)
      comparators.push(next)
      waiting = waiting.filter((comparator) => comparator !== next)
    }
    stretches.push({ rows: [...rows], comparators })
  }
  return stretches
}

/**
 * The comparator with the fewest new rows, of those that wait for no other. Undefined if it would exceed `maxRows`.
 */
function nearest(waiting: readonly Comparator[], rows: ReadonlySet<number>, maxRows: number): Comparator | undefined {
  const awaited = new Set<number>()
  let best: Comparator | undefined
  let fewest = maxRows - rows.size + 1
  for (const comparator of waiting) {
    const { low, high } = comparator
    const fresh = (rows.has(low) ? 0 : 1) + (rows.has(high) ? 0 : 1)
    if (fresh < fewest && !awaited.has(low) && !awaited.has(high)) {
      if (fresh === 0) return comparator
      best = comparator
      fewest = fresh
    }
    awaited.add(low).add(high)
  }
  return best
}

/** Runs a network on n values in place, as the kernels do. */
export function runNetwork(network: readonly Comparator[], values: Float64Array): void {
  for (const { low, high } of network) {
    const x = values[low] as number
    const y = values[high] as number
    if (y < x) {
      values[low] = y
      values[high] = x
    }
  }
}
