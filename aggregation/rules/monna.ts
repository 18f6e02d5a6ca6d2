import { exactMean, exactNorm, less } from '../exact/rows.ts'
import type { Row } from '../facts.ts'
import { boundOfDiameter } from '../math/bounds.ts'
import { squaredDistancesTo } from '../math/distances.ts'
import { lowest } from '../math/krum-score.ts'
import { equalShares, meanOf } from '../math/mean.ts'
import { defineRule, tolerance } from '../rule.ts'

/**
 * Self-centred nearest-neighbour averaging (MoNNA, NNA): the mean of the n - f vectors nearest to the peer's own
 * vector, which is one of them.
 *
 * Farhadkhani et al. 2023, https://arxiv.org/abs/2210.00318. The paper's guarantee needs n > 5f and an honest own
 * vector; the rule is refused unless n > 2f.
 * Choices: the peer's own vector always counts, even beside equal vectors. Other ties go to the lowest index. Mixing
 * weights are not used. O(n d) time, O(n + d) memory.
 */
export const monna = defineRule({
  name: 'monna',
  summary: "Mean of the n - f vectors nearest to the peer's own",
  reference: 'https://arxiv.org/abs/2210.00318',
  parameters: { f: tolerance },
  cost: 'n d',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  selfCentred: () => true,
  aggregate({ vectors, own }, { f }) {
    const n = vectors.length
    const distances = Array.from(squaredDistancesTo(vectors, vectors[own] as Float32Array))
    distances[own] = -1
    const chosen = lowest(distances, n - f)
    return { output: meanOf(vectors, chosen), influence: equalShares(n, chosen) }
  },
  exact({ rows, own }, { f }) {
    const distances = rows.map((row, i) => (i === own ? -1 : exactNorm(less(row, rows[own] as Row))))
    return exactMean(rows, lowest(distances, rows.length - f))
  },
  conformance: [{ kappa: boundOfDiameter }],
})
