import { exactMeanOfRanks } from '../exact/order-statistics.ts'
import { boundOfMedian } from '../math/bounds.ts'
import { meanOfRanks } from '../math/order-statistics.ts'
import { defineRule } from '../rule.ts'

/**
 * Coordinate-wise median. The median of an even number of values is the mean of the middle two.
 *
 * Yin et al. 2018, https://arxiv.org/abs/1803.01498, Definition 1.
 * Choices: mixing weights are not used. Influence is the share of coordinates in which a vector is the median, counted
 * on at most 256 evenly spread coordinates. O(n log^2 n d) time, memory for one tile.
 */
export const median = defineRule({
  name: 'median',
  summary: 'Median of each coordinate',
  reference: 'https://arxiv.org/abs/1803.01498',
  parameters: {},
  cost: 'n log² n d',
  requires: 'n >= 1',
  breakdown: { condition: 'n > 2b', maxByzantine: (n) => (n - 1) >> 1 },
  anonymous: true,
  minimum: () => 1,
  aggregate({ vectors }) {
    return meanOfRanks(vectors, (vectors.length - 1) >> 1, vectors.length >> 1)
  },
  exact: ({ rows }) => exactMeanOfRanks(rows, (rows.length - 1) >> 1, rows.length >> 1),
  conformance: [{ kappa: boundOfMedian }],
})
