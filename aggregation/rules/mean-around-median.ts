import { exactMeanAroundMedian } from '../exact/order-statistics.ts'
import { boundAroundMedian } from '../math/bounds.ts'
import { meanAroundMedian } from '../math/order-statistics.ts'
import { defineRule, tolerance } from '../rule.ts'

/**
 * Mean around the median (Meamed): in each coordinate the mean of the n - f values nearest the median.
 *
 * Xie, Koyejo, Gupta 2018, https://arxiv.org/abs/1802.10116. Holds for n > 2f.
 * Choices: the median of an even number of values is the mean of the middle two. Ties in distance go to the lowest
 * index. Mixing weights are not used. Influence is the share of kept values. O(n d) in practice, O(n) extra memory.
 */
export const meanAroundMedianRule = defineRule({
  name: 'mean-around-median',
  summary: 'Mean of the n - f values nearest the median of each coordinate',
  reference: 'https://arxiv.org/abs/1802.10116',
  parameters: { f: tolerance },
  cost: 'n log n d',
  requires: 'n > 2f',
  anonymous: true,
  minimum: ({ f }) => 2 * f + 1,
  aggregate: ({ vectors }, { f }) => meanAroundMedian(vectors, vectors.length - f),
  exact: ({ rows }, { f }) => exactMeanAroundMedian(rows, rows.length - f),
  conformance: [{ kappa: boundAroundMedian }],
})
