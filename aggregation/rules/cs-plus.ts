import type { GraphRequirement } from '../facts.ts'
import { byzantineWeight, distancesToOwn, nearestByWeight, pulled } from '../math/neighbours.ts'
import { clippingFactor } from '../math/norms.ts'
import { defineRule, tolerance } from '../rule.ts'

/**
 * Gaucher, Dieuleveut, Hendrikx 2025, https://arxiv.org/abs/2410.10418: no rule of their family tolerates a Byzantine
 * weight above half of the algebraic connectivity of the honest graph.
 */
export const halfOfConnectivity: GraphRequirement = {
  name: '2b against mu_2',
  source: 'https://arxiv.org/abs/2410.10418',
  condition: '2b ≤ μ₂',
  measure: ({ deltaMax, connectivity }) =>
    connectivity === null ? null : { value: 2 * deltaMax, bound: connectivity },
}

/**
 * CS+ (clipped sum): x_i + sum_j w_ij (x_j - x_i) min(1, tau / |x_j - x_i|). Sort the vectors by distance, the peer's
 * own first; tau is the largest distance up to which their total weight is at most 1 - 2b.
 *
 * Gaucher, Dieuleveut, Hendrikx 2025, https://arxiv.org/abs/2410.10418 (F-RG with CS+, first called CG+). Breaks down
 * if 2b exceeds the algebraic connectivity of the honest graph, close to the best possible.
 * Choices: b is the weight of the f heaviest neighbours. The peer's own distance, 0, counts with its weight, as in the
 * authors' code. One step of size 1. If 1 - 2b leaves no vector, tau = 0 and the peer's own vector stays. O(n d) time.
 */
export const csPlus = defineRule({
  name: 'cs-plus',
  summary: 'Gossip averaging with pulls clipped at the distance that leaves a weight of 2b beyond it',
  reference: 'https://arxiv.org/abs/2410.10418',
  parameters: { f: tolerance },
  cost: 'n d',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  selfCentred: () => true,
  graphCondition: halfOfConnectivity,
  aggregate({ vectors, own, weights }, { f }) {
    const distances = distancesToOwn(vectors, own)
    const kept = nearestByWeight(distances, weights, own, 1 - 2 * byzantineWeight(weights, own, f))
    const tau = Math.max(0, ...kept.map((i) => distances[i] as number))
    const pulls = distances.map((distance, i) => (weights[i] as number) * clippingFactor(distance, tau))
    return pulled(vectors, own, pulls)
  },
})
