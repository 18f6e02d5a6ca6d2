import * as z from 'zod'
import { boundAroundMedian } from '../math/bounds.ts'
import { distancesOf } from '../math/distances.ts'
import { krumScores, lowest, neighbourCount } from '../math/krum-score.ts'
import { meanAroundMedian } from '../math/order-statistics.ts'
import { defineRule, tolerance } from '../rule.ts'

/**
 * Bulyan: Krum selects theta = n - 2f vectors, one at a time, each from those that remain. Then average in each
 * coordinate the theta - 2f selected values nearest their median.
 *
 * El Mhamdi et al. 2018, https://arxiv.org/abs/1802.07927, section 4, with Krum; needs n >= 4f + 3.
 * `lie-authors` is the code of Baruch et al. 2019 (https://arxiv.org/abs/1902.06156). It sums plain distances to the
 * r - f nearest of r remaining vectors, then averages the theta - 2f - 1 nearest values.
 * Choices: f stays the same while vectors are removed. If r - f - 2 is below 1, one neighbour counts. Distances are
 * computed once. Ties go to the lowest index. O(n^2 d + n^4) time, O(n^2) memory.
 */
export const bulyan = defineRule({
  name: 'bulyan',
  summary: 'Repeated Krum, then the mean of the chosen values nearest their median',
  reference: 'https://arxiv.org/abs/1802.07927',
  parameters: {
    f: tolerance,
    variant: z
      .enum(['paper', 'lie-authors'])
      .default('paper')
      .describe("As published, or as in the LIE authors' code: plain distances, one value fewer"),
  },
  cost: 'n^2 d',
  requires: 'n >= 4f + 3',
  anonymous: true,
  minimum: ({ f }) => (f === 0 ? 1 : 4 * f + 3),
  aggregate(input, { f, variant }) {
    const { vectors } = input
    const n = vectors.length
    const theta = n - 2 * f
    const chosen = repeatedKrum(distancesOf(input), n, f, theta, variant === 'paper')
    const selected = chosen.map((i) => vectors[i] as Float32Array)
    const keep = variant === 'paper' ? theta - 2 * f : Math.max(1, theta - 2 * f - 1)
    const { output, influence: shares } = meanAroundMedian(selected, keep)
    const influence = new Array<number>(n).fill(0)
    chosen.forEach((i, position) => {
      influence[i] = shares[position] as number
    })
    return { output, influence }
  },
  conformance: [
    {
      exceptions: {
        permutation:
          'its last turns count one neighbour, so two mutually nearest vectors always tie: the lowest index wins',
      },
      kappa: boundAroundMedian,
    },
    { title: "of the LIE authors' code", config: { variant: 'lie-authors' }, kappa: boundAroundMedian },
  ],
})

/** Indices of the vectors that Krum selects in `count` turns, each from those that remain; ascending. */
function repeatedKrum(squared: Float64Array, n: number, f: number, count: number, paper: boolean): number[] {
  const distances = paper ? squared : squared.map(Math.sqrt)
  const remaining = Array.from({ length: n }, (_, i) => i)
  const chosen: number[] = []
  while (chosen.length < count) {
    const nearest = neighbourCount(remaining.length, f, paper ? 'n-f-2' : 'n-f')
    const [best] = lowest(krumScores(distances, n, remaining, nearest), 1)
    chosen.push(...remaining.splice(best as number, 1))
  }
  return chosen.sort((a, b) => a - b)
}
