import { squaredDistance } from '#aggregation/math/distances.ts'
import { defineAttack } from '../attack.ts'
import { knownVectors } from '../math/known.ts'
import { largestWithin, perturbationOf, perturbationParameter } from '../math/perturbation.ts'
import { meanOf } from '../math/statistics.ts'

/**
 * Min-Sum: mean + gamma p with the largest gamma that keeps the sum of squared distances to the known vectors within
 * that of any known vector: sum_i |v - x_i|^2 <= max_i sum_j |x_i - x_j|^2.
 *
 * Shejwalkar and Houmansadr 2021 (Manipulating the Byzantine), NDSS (AGR-agnostic attacks),
 * https://doi.org/10.14722/ndss.2021.24498.
 * Choices: the largest of the sums is the bound, as in the paper; the authors' code takes the smallest. gamma is exact,
 * the larger root of the quadratic equation. The authors bisect from 10 down to 1e-5, and never exceed 20. With one
 * known vector, or if all are equal, gamma is 0. O(m^2 d).
 */
export const minSum = defineAttack({
  name: 'min-sum',
  summary: 'From the mean, as far as the largest sum of squared distances of a known vector allows',
  reference: 'https://doi.org/10.14722/ndss.2021.24498',
  requires: 'm >= 2',
  cost: 'm^2 d',
  knowledge: ['colluders', 'neighbourhood', 'omniscient'],
  shareable: true,
  parameters: { perturbation: perturbationParameter },
  minColluders: (_, knowledge) => (knowledge === 'colluders' ? 2 : 1),
  craft(known, { perturbation }) {
    const vectors = knownVectors(known)
    const mean = meanOf(vectors)
    const direction = perturbationOf(perturbation, vectors, mean)
    const sums = vectors.map((x) => vectors.reduce((sum, y) => sum + squaredDistance(x, y), 0))
    const gamma = largestWithin(vectors, mean, direction, Math.max(0, ...sums))
    return { output: Float32Array.from(mean, (value, k) => value + gamma * (direction[k] as number)), z: gamma }
  },
  conformance: [{}, { config: { perturbation: 'unit' } }, { config: { perturbation: 'sign' } }],
})
