import { z } from 'zod'
import { distancesToOwn, mixedWith, nearestNeighbours } from '../math/neighbours.ts'
import { defineRule } from '../rule.ts'

/**
 * UBAR (MOZI): of the max(1, floor(rho (n - 1))) nearest neighbours keep those whose loss on a batch of the peer's own
 * is at most the own model's; the output is alpha x_i + (1 - alpha) mean of the kept.
 *
 * Guo et al. 2021, https://arxiv.org/abs/2002.08569. Holds while a share rho of the neighbours is
 * honest and their data are alike; fails where data differ much. Choices: rho 0.4 and alpha 1/2; where no loss is low
 * enough, the neighbour with the lowest loss of those near (Murmura) or the nearest one (He et al.'s code); a loss
 * that is not a number is too high; mixing weights are not used; the gradient step is the peer's own, before the
 * exchange. Needs models, not gradients. O(n d) time and n losses.
 */
export const ubar = defineRule({
  name: 'ubar',
  summary: 'Own vector mixed with the near neighbours whose loss on own data is no higher',
  reference: 'https://arxiv.org/abs/2002.08569',
  parameters: {
    rho: z.number().positive().max(1).default(0.4).describe('Share of the neighbours that are near'),
    alpha: z.number().min(0).max(1).default(0.5).describe('Share of the own vector in the output'),
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
