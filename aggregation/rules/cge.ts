import { lowest } from '../math/krum-score.ts'
import { equalShares, meanOf } from '../math/mean.ts'
import { normsOf } from '../math/norms.ts'
import { defineRule, tolerance } from '../rule.ts'

/**
 * Comparative gradient elimination: the mean of the n - f vectors with the smallest Euclidean norms.
 *
 * Gupta, Liu, Vaidya 2021, https://arxiv.org/abs/2008.04699. Holds for n > 2f if honest gradients have similar norms. A
 * crafted vector that is no longer than the honest ones passes.
 * Choices: the mean; the paper's sum differs by a factor that the learning rate absorbs. Ties go to the lowest index.
 * Norms depend on the origin: meant for gradients. O(n d) time, O(n + d) memory.
 */
export const cge = defineRule({
  name: 'cge',
  summary: 'Mean of the n - f vectors with the smallest norms',
  reference: 'https://arxiv.org/abs/2008.04699',
  parameters: { f: tolerance },
  cost: 'n d',
  requires: 'n > 2f',
  anonymous: true,
  minimum: ({ f }) => 2 * f + 1,
  aggregate({ vectors }, { f }) {
    const chosen = lowest(normsOf(vectors), vectors.length - f)
    return { output: meanOf(vectors, chosen), influence: equalShares(vectors.length, chosen) }
  },
  conformance: [{ exceptions: { translation: 'norms are measured from the origin' } }],
})
