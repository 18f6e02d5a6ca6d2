import { byzantineWeight, distancesToOwn, nearestByWeight, pulled } from '../math/neighbours.ts'
import { defineRule, tolerance } from '../rule.ts'
import { halfOfConnectivity } from './cs-plus.ts'

/**
 * Gossip with a trimmed sum: x_i + sum over kept j of w_ij (x_j - x_i), kept are the nearest vectors, the own first,
 * of weight at most 1 - b; what the others weigh goes to the own vector.
 *
 * Gaucher, Dieuleveut, Hendrikx 2025, https://arxiv.org/abs/2410.10418 (F-RG with GTS); with equal weights
 * the nearest n - f as in NNA (Farhadkhani et al. 2023), but divided by n. Choices: b is the weight of the f heaviest
 * neighbours; n - f vectors stay under equal weights, where the authors' code keeps n - f - 1 and so drops an honest
 * one even at f = 0; ties go to the lowest index. O(n d) time, O(d) memory.
 */
export const gts = defineRule({
  name: 'gts',
  summary: 'Gossip averaging without the farthest neighbours of weight b',
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
