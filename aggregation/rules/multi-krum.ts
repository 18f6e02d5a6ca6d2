import * as z from 'zod'
import { exactKrumChoice } from '../exact/krum.ts'
import { exactMean } from '../exact/rows.ts'
import { boundOfMultiKrum } from '../math/bounds.ts'
import { distancesOf } from '../math/distances.ts'
import { krumParameters, krumScores, lowest, minForKrum, neighbourCount } from '../math/krum-score.ts'
import { equalShares, meanOf } from '../math/mean.ts'
import { defineRule, tolerance } from '../rule.ts'

/**
 * Multi-Krum: the mean of the `select` vectors with the lowest Krum scores.
 *
 * Blanchard et al. 2017, https://arxiv.org/abs/1703.02757, section 4 (proved there for select <= n - f - 2).
 * Choices: the default of select is n - f, as in ByzFL. Scores are those of `krum`. Ties go to the lowest index. The
 * mean runs in index order. O(n^2 d) time, O(n^2 + d) memory.
 */
export const multiKrum = defineRule({
  name: 'multi-krum',
  summary: 'Mean of the vectors with the lowest Krum scores',
  reference: 'https://arxiv.org/abs/1703.02757',
  parameters: {
    f: tolerance,
    ...krumParameters,
    select: z.int().min(1).optional().describe('How many vectors are averaged (default: n - f)'),
  },
  cost: 'n^2 d',
  requires: 'n > 2f + 2 (n > 2f with neighbours n-f-1 or n-f) and n >= select',
  anonymous: true,
  minimum: ({ f, neighbours, select }) => Math.max(minForKrum(f, neighbours), select ?? 1),
  aggregate(input, { f, neighbours, squared, select }) {
    const { vectors } = input
    const n = vectors.length
    const distances = distancesOf(input)
    const all = vectors.map((_, i) => i)
    const scores = krumScores(squared ? distances : distances.map(Math.sqrt), n, all, neighbourCount(n, f, neighbours))
    const chosen = lowest(scores, select ?? n - f)
    return { output: meanOf(vectors, chosen), influence: equalShares(n, chosen) }
  },
  exact({ rows }, { f, select, ...variant }) {
    return exactMean(rows, exactKrumChoice(rows, f, select ?? rows.length - f, variant))
  },
  conformance: [{ kappa: boundOfMultiKrum }, { title: 'of three', config: { select: 3 }, kappa: boundOfMultiKrum }],
})
