import * as z from 'zod'
import { exactCombination, exactDistances } from '../exact/rows.ts'
import { combination, distancesToPoint } from '../math/combination.ts'
import { distancesOf } from '../math/distances.ts'
import { centredGram, principal } from '../math/principal.ts'
import { defineRule, tolerance } from '../rule.ts'

/** One distant vector can make the weights fall so slowly that the loop never ends. */
const maxTurns = 10_000

/**
 * Covariance-bound agnostic filter. Weights c start at 1. While sum c > n - 2f, compute the weighted mean mu and the
 * top eigenvalue lambda and eigenvector v of the weighted covariance. Then lower each weight by its vector's part in
 * lambda: c_i <- c_i (1 - t_i / max t) with t_i = ((x_i - mu) . v)^2. The output is the mu with the smallest lambda.
 *
 * Allouah, Guerraoui, Stephan 2025, https://arxiv.org/abs/2505.01874. Holds for n > 2f.
 * Choices: the eigenvector is exact; ByzFL takes one power iteration from a random start. max t runs over all vectors,
 * as in ByzFL; with `greatest: counting` it runs over those with positive weight. In the first case a distant vector of
 * weight 0 lets the other weights fall slowly, so the loop stops after 10,000 turns. With f = 0, or if all vectors are
 * equal, the output is the mean; ByzFL has no result there. All steps work on the matrix of squared distances. O(n^2
 * d + f n^3) time, O(n^2) memory.
 */
export const caf = defineRule({
  name: 'caf',
  summary: 'Weighted mean; weights fall with the spread along the direction of greatest variance',
  reference: 'https://arxiv.org/abs/2505.01874',
  parameters: {
    f: tolerance,
    greatest: z
      .enum(['counting', 'all'])
      .default('all')
      .describe('Maximum that parts are divided by: over vectors of positive weight (counting), or over all (ByzFL)'),
  },
  cost: 'n^2 d + f n^3',
  requires: 'n > 2f',
  anonymous: true,
  minimum: ({ f }) => 2 * f + 1,
  aggregate(input, { f, greatest }) {
    const { vectors } = input
    const best = cafShares(distancesOf(input), vectors.length, f, greatest)
    return { output: combination(vectors, best), influence: best }
  },
  exact: ({ rows }, { f, greatest }) =>
    exactCombination(rows, cafShares(exactDistances(rows), rows.length, f, greatest)),
})

/** Coefficients (n) of the output, which sum to 1, from the squared distances of the vectors (n x n). */
export function cafShares(distances: Float64Array, n: number, f: number, greatest: 'counting' | 'all'): number[] {
  let counts: number[] = new Array<number>(n).fill(1)
  let best: number[] = counts.map(() => 1 / n)
  let min = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < maxTurns; turn++) {
    const total = counts.reduce((sum, count) => sum + count, 0)
    if (total <= n - 2 * f) break
    const shares = counts.map((count) => count / total)
    const gram = centredGram(distances, n, distancesToPoint(distances, n, shares))
    const roots = shares.map(Math.sqrt)
    const weighted = gram.map((value, at) => value * (roots[Math.floor(at / n)] as number) * (roots[at % n] as number))
    const { value, vector } = principal(weighted, n)
    if (value < min) {
      min = value
      best = shares
    }
    const parts = counts.map((_, i) => {
      let along = 0
      for (let j = 0; j < n; j++) along += (gram[i * n + j] as number) * (roots[j] as number) * (vector[j] as number)
      return along * along
    })
    const max = Math.max(...parts.filter((_, i) => greatest === 'all' || (counts[i] as number) > 0))
    if (!(max > 0)) break
    counts = counts.map((count, i) => (count === 0 ? 0 : count * (1 - (parts[i] as number) / max)))
  }
  return best
}
