import { exactMean } from '../exact/rows.ts'
import { weightedSum } from '../math/mean.ts'
import { defineRule } from '../rule.ts'

/**
 * Weighted average: sum_j w_j x_j with the peer's mixing weights. By default these are Metropolis-Hastings weights,
 * which are 1/n on the complete graph. No defence: a single Byzantine peer moves it anywhere.
 *
 * Lian et al. 2017 (D-PSGD), https://arxiv.org/abs/1705.09056, Algorithm 1, line 4.
 * Choices: the sum runs in float64 in index order and is rounded once. O(n d) time, O(1) extra memory.
 */
export const average = defineRule({
  name: 'average',
  summary: 'Mean of all vectors, weighted by the mixing matrix; tolerates no Byzantine peer',
  reference: 'https://arxiv.org/abs/1705.09056',
  parameters: {},
  cost: 'n d',
  requires: 'n >= 1',
  breakdown: { condition: 'b = 0', maxByzantine: () => 0 },
  anonymous: true,
  minimum: () => 1,
  aggregate({ vectors, weights }) {
    return { output: weightedSum(vectors, weights), influence: [...weights] }
  },
  exact: ({ rows }) => exactMean(rows),
})
