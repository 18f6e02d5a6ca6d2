import { squaredDistance } from '#aggregation/math/distances.ts'
import { defineAttack } from '../attack.ts'
import { knownVectors } from '../math/known.ts'
import { largestWithin, perturbationOf, perturbationParameter } from '../math/perturbation.ts'
import { meanOf } from '../math/statistics.ts'

/**
 * Min-Sum: mean + gamma p, with the largest gamma at which the squared distances of the crafted vector to the known
 * ones sum to no more than those of any known vector do: sum_i |v - x_i|^2 <= max_i sum_j |x_i - x_j|^2.
 *
 * Shejwalkar and Houmansadr 2021 (Manipulating the Byzantine), NDSS (AGR-agnostic attacks),
 * https://doi.org/10.14722/ndss.2021.24498. Choices: the largest of the sums bounds, as in the
 * paper (the authors' code takes the smallest); gamma is the greater root of the quadratic equation, where the
 * authors halve intervals from 10 down to 1e-5 and end at 20 at the latest; with one known vector or none that
 * differ, gamma is 0. O(m^2 d).
 */
export const minSum = defineAttack({
  name: 'min-sum',
  summary: 'As far from the known vectors in total as the most remote of them is',
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
