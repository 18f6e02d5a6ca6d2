import * as z from 'zod'
import { byzantineWeight, distancesToOwn, nearestByWeight, pulled } from '../math/neighbours.ts'
import { clippingFactor } from '../math/norms.ts'
import { defineRule, tolerance } from '../rule.ts'

/**
 * Clipped gossip (self-centred clipping): x_i + sum_j w_ij (x_j - x_i) min(1, tau / |x_j - x_i|).
 *
 * He, Karimireddy, Jaggi 2022, https://arxiv.org/abs/2202.01545, Algorithm 1. The theoretical tau is sqrt(sum over
 * honest j of w_ij |x_i - x_j|^2 / delta). It needs to know the honest peers, so no variant offers it.
 * `adaptive` is the paper's practical form: the sum runs over the nearest vectors, the peer's own first, of total
 * weight at most 1 - delta. delta is the weight of the f heaviest neighbours; with f = 0 nothing is clipped.
 * `adaptive-strict`: total weight below 1 - delta, one vector fewer, as in the code of Gaucher et al. (CS_He).
 * `second-largest`: the second largest distance of a neighbour, as in the code of He et al.; two Byzantine peers defeat
 * it.
 * Choices: mixing weights are used. A numeric radius has the unit of the vectors and does not scale with them. O(n d)
 * time, O(d) memory.
 */
export const clippedGossip = defineRule({
  name: 'clipped-gossip',
  summary: 'Gossip averaging in which no neighbour pulls further than a radius',
  reference: 'https://arxiv.org/abs/2202.01545',
  parameters: {
    radius: z
      .union([z.number().positive(), z.enum(['adaptive', 'adaptive-strict', 'second-largest'])])
      .default('adaptive')
      .describe('Maximum length of a pull: a number, or how it follows from the distances'),
    f: tolerance.default(0).describe('Byzantine neighbours that an adaptive radius tolerates'),
  },
  cost: 'n d',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  selfCentred: () => true,
  graphCondition: {
    // The error grows with this; the paper gives no constant.
    name: 'delta_max / gamma^2',
    source: 'https://arxiv.org/abs/2202.01545',
    measure: ({ deltaMax, gap }) =>
      gap === null ? null : { value: deltaMax === 0 ? 0 : deltaMax / gap ** 2, bound: null },
  },
  aggregate({ vectors, own, weights }, { radius, f }) {
    const distances = distancesToOwn(vectors, own)
    const tau = typeof radius === 'number' ? radius : adaptiveRadius(distances, weights, own, radius, f)
    const pulls = distances.map((distance, i) => (weights[i] as number) * clippingFactor(distance, tau))
    return pulled(vectors, own, pulls)
  },
  conformance: [
    { config: { radius: 100, f: 0 }, exceptions: { scale: 'a fixed radius does not grow with the vectors' } },
    ...(['adaptive', 'adaptive-strict', 'second-largest'] as const).map((radius) => ({
      title: radius,
      config: { radius },
    })),
  ],
})

function adaptiveRadius(
  distances: readonly number[],
  weights: readonly number[],
  own: number,
  variant: 'adaptive' | 'adaptive-strict' | 'second-largest',
  f: number,
): number {
  if (variant === 'second-largest') {
    const others = distances.filter((_, i) => i !== own).sort((a, b) => b - a)
    return others[1] ?? others[0] ?? 0
  }
  const delta = byzantineWeight(weights, own, f)
  if (delta === 0) return Number.POSITIVE_INFINITY
  const max = variant === 'adaptive' ? 1 - delta : 1 - delta - 1e-8
  const kept = nearestByWeight(distances, weights, own, max)
  return Math.sqrt(kept.reduce((sum, i) => sum + (weights[i] as number) * (distances[i] as number) ** 2, 0) / delta)
}
