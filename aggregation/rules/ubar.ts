import * as z from 'zod'
import { distancesToOwn, mixedWith, nearestNeighbours } from '../math/neighbours.ts'
import { defineRule } from '../rule.ts'

/**
 * UBAR (MOZI): take the max(1, floor(rho (n - 1))) nearest neighbours. Keep those with a loss at most that of the
 * peer's own model, on one batch of the peer's data. The output is alpha x_i + (1 - alpha) mean of the kept vectors.
 *
 * Guo et al. 2021, https://arxiv.org/abs/2002.08569. Holds while a share rho of the neighbours is honest and their data
 * are alike; fails if data differ much.
 * Choices: rho 0.4 and alpha 1/2. If no loss is low enough, take the near neighbour with the lowest loss (Murmura) or
 * the nearest one (He et al.'s code). A loss that is not a number is too high. Mixing weights are not used. The peer
 * takes its gradient step before the exchange. Needs models, not gradients. O(n d) time and n losses.
 */
export const ubar = defineRule({
  name: 'ubar',
  summary: "The peer's own vector mixed with near neighbours that have no higher loss on the peer's data",
  reference: 'https://arxiv.org/abs/2002.08569',
  parameters: {
    rho: z.number().positive().max(1).default(0.4).describe('Share of the neighbours that count as near'),
    alpha: z.number().min(0).max(1).default(0.5).describe("Share of the peer's own vector in the output"),
    whenNone: z
      .enum(['lowest-loss', 'nearest'])
      .default('lowest-loss')
      .describe(
        "If no loss is low enough: the near neighbour with the lowest loss (Murmura), or the nearest (He et al.'s code)",
      ),
  },
  cost: 'n d + n losses',
  requires: 'n >= 1',
  minimum: () => 1,
  needs: ['loss'],
  selfCentred: () => true,
  aggregate({ vectors, own, losses }, { rho, alpha, whenNone }) {
    if (losses?.length !== vectors.length) {
      throw new RangeError(`ubar needs ${vectors.length} losses, got ${losses?.length ?? 'none'}`)
    }
    const count = Math.max(1, Math.floor(rho * (vectors.length - 1) + 1e-9))
    const near = nearestNeighbours(distancesToOwn(vectors, own), own).slice(0, count)
    const lossOf = (i: number) => (Number.isNaN(losses[i]) ? Number.POSITIVE_INFINITY : (losses[i] as number))
    const kept = near.filter((i) => lossOf(i) <= lossOf(own))
    const one = whenNone === 'nearest' ? near : [...near].sort((a, b) => lossOf(a) - lossOf(b) || a - b)
    return mixedWith(vectors, own, kept.length > 0 ? kept : one.slice(0, 1), alpha)
  },
})
