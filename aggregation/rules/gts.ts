import { byzantineWeight, distancesToOwn, nearestByWeight, pulled } from '../math/neighbours.ts'
import { defineRule, tolerance } from '../rule.ts'
import { halfOfConnectivity } from './cs-plus.ts'

/**
 * Gossip with a trimmed sum: x_i + sum over kept j of w_ij (x_j - x_i). The nearest vectors are kept, the peer's own
 * first, up to a total weight of 1 - b. The weight of the others goes to the peer's own vector.
 *
 * Gaucher, Dieuleveut, Hendrikx 2025, https://arxiv.org/abs/2410.10418 (F-RG with GTS). With equal weights it keeps the
 * n - f nearest vectors, as NNA does (Farhadkhani et al. 2023), but divides by n.
 * Choices: b is the weight of the f heaviest neighbours. With equal weights n - f vectors stay. The authors' code keeps
 * n - f - 1, so it drops an honest vector even at f = 0. Ties go to the lowest index. O(n d) time, O(d) memory.
 */
export const gts = defineRule({
  name: 'gts',
  summary: 'Gossip averaging without the farthest neighbours, up to a weight of b',
  reference: 'https://arxiv.org/abs/2410.10418',
  parameters: { f: tolerance },
  cost: 'n d',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  selfCentred: () => true,
  graphCondition: halfOfConnectivity,
  aggregate({ vectors, own, weights }, { f }) {
    const distances = distancesToOwn(vectors, own)
    const kept = new Set(nearestByWeight(distances, weights, own, 1 - byzantineWeight(weights, own, f)))
    const pulls = weights.map((weight, i) => (kept.has(i) ? weight : 0))
    return pulled(vectors, own, pulls)
  },
})
