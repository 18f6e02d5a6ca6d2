import { createColumn, middle, sortCoordinate } from './order-statistics.ts'
import { defineRule } from './rule.ts'

/**
 * Coordinate-wise median; of an even number of values, the mean of the two in the middle.
 *
 * Yin et al. 2018, https://arxiv.org/abs/1803.01498, Definition 1. Choices: mixing weights are not used.
 * Influence is the share of coordinates in which a vector was the median. O(n d) in practice, O(n) extra memory.
 */
export const median = defineRule({
  name: 'median',
  summary: 'Median of each coordinate',
  reference: 'https://arxiv.org/abs/1803.01498',
  parameters: {},
  cost: 'n log n d',
  requires: 'n >= 1',
  minimum: () => 1,
  aggregate({ vectors }) {
    const n = vectors.length
    const d = vectors[0]?.length ?? 0
    const column = createColumn(n)
    const output = new Float32Array(d)
    const taken = new Float64Array(n)
    const lower = (n - 1) >> 1
    const upper = n >> 1
    for (let k = 0; k < d; k++) {
      sortCoordinate(column, vectors, k)
      output[k] = middle(column.values)
      const a = column.order[lower] as number
      const b = column.order[upper] as number
      taken[a] = (taken[a] as number) + 1
      taken[b] = (taken[b] as number) + 1
    }
    return { output, influence: Array.from(taken, (count) => count / (2 * d)) }
  },
})
