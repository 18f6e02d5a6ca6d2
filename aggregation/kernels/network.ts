/** One comparator of a sorting network: puts the smaller value at the first place, the larger at the second. */
export type Comparator = readonly [low: number, high: number]

/**
 * Batcher's odd-even merge sort for n values, without the comparators that no rank from `low` to `high` depends on.
 * Batcher 1968, https://doi.org/10.1145/1468075.1468121. O(n log^2 n) comparators.
 */
export function sortingNetwork(n: number, low = 0, high = n - 1): Comparator[] {
  const network: Comparator[] = []
  for (let sorted = 1; sorted < n; sorted *= 2) {
    for (let step = sorted; step >= 1; step /= 2) {
      for (let from = step % sorted; from + step < n; from += 2 * step) {
        for (let i = from; i < Math.min(from + step, n - step); i++) {
          if (Math.floor(i / (2 * sorted)) === Math.floor((i + step) / (2 * sorted))) network.push([i, i + step])
        }
      }
    }
  }
  const needed = Array.from({ length: n }, (_, rank) => rank >= low && rank <= high)
  const kept: Comparator[] = []
  for (const comparator of network.reverse()) {
    const [a, b] = comparator
    if (!needed[a] && !needed[b]) continue
    needed[a] = true
    needed[b] = true
    kept.push(comparator)
  }
  return kept.reverse()
}
