import { defineRule, tolerance } from 'hearsay/aggregation/rule'

/**
 * Trimmed midrange: in each coordinate, drop the f largest and f smallest values. Take the middle between the remaining
 * extremes. An example for docs/extending.md, not a rule to recommend.
 *
 * Choices: n counts the peer's own vector. O(n log n d) time, O(n) extra memory.
 */
export const rule = defineRule({
  name: 'trimmed-midrange',
  summary: 'Middle between the extremes of each coordinate, f on either side left out',
  reference: 'https://en.wikipedia.org/wiki/Mid-range',
  parameters: { f: tolerance.default(0) },
  cost: 'n log n d',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  aggregate({ vectors }, { f }) {
    const n = vectors.length
    const d = vectors[0]?.length ?? 0
    const output = new Float32Array(d)
    const column = new Float32Array(n)
    for (let k = 0; k < d; k++) {
      for (let i = 0; i < n; i++) column[i] = vectors[i]?.[k] ?? 0
      column.sort()
      output[k] = ((column[f] ?? 0) + (column[n - 1 - f] ?? 0)) / 2
    }
    return { output, influence: vectors.map(() => 1 / n) }
  },
})
