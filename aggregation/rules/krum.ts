import { exactKrumChoice } from '../exact/krum.ts'
import { exactMean } from '../exact/rows.ts'
import { kernels } from '../kernels/kernels.ts'
import { boundOfKrum, boundOfWiderKrum } from '../math/bounds.ts'
import { distancesOf } from '../math/distances.ts'
import { krumParameters, krumScores, lowest, minForKrum, neighbourCount } from '../math/krum-score.ts'
import { equalShares } from '../math/mean.ts'
import { defineRule, tolerance } from '../rule.ts'

/**
 * Krum: the vector with the smallest sum of (squared) distances to its nearest other vectors.
 *
 * Blanchard et al. 2017, https://arxiv.org/abs/1703.02757, section 4: squared distances to the n - f - 2 nearest
 * others.
 * Choices: `neighbours` and `squared` select the variants of other codes. Ties go to the lowest index. O(n^2 d) time,
 * O(n^2) memory.
 */
export const krum = defineRule({
  name: 'krum',
  summary: 'The one vector that is nearest to its nearest others',
  reference: 'https://arxiv.org/abs/1703.02757',
  parameters: { f: tolerance, ...krumParameters },
  cost: 'n^2 d',
  requires: 'n > 2f + 2 (n > 2f with neighbours n-f-1 or n-f)',
  anonymous: true,
  minimum: ({ f, neighbours }) => minForKrum(f, neighbours),
  aggregate(input, { f, neighbours, squared }) {
    const { vectors } = input
    const n = vectors.length
    const distances = distancesOf(input)
    const all = vectors.map((_, i) => i)
    const scores = krumScores(squared ? distances : distances.map(Math.sqrt), n, all, neighbourCount(n, f, neighbours))
    const chosen = lowest(scores, 1)
    const output = kernels().copy(vectors[chosen[0] as number] as Float32Array)
    return { output, influence: equalShares(n, chosen) }
  },
  exact: ({ rows }, { f, ...variant }) => exactMean(rows, exactKrumChoice(rows, f, 1, variant)),
  conformance: [
    { kappa: boundOfKrum },
    { title: 'n-f-1', config: { neighbours: 'n-f-1' }, kappa: boundOfWiderKrum },
    { title: "of the LIE authors' code", config: { neighbours: 'n-f', squared: false } },
  ],
})
