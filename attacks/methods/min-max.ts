import { squaredDistance } from '#aggregation/math/distances.ts'
import { defineAttack } from '../attack.ts'
import { knownVectors } from '../math/known.ts'
import { largestWithin, perturbationOf, perturbationParameter } from '../math/perturbation.ts'
import { meanOf } from '../math/statistics.ts'

/**
 * Min-Max: mean + gamma p with the largest gamma that keeps the crafted vector v within the diameter of the known
 * vectors: max_i |v - x_i| <= max_ij |x_i - x_j|.
 *
 * Shejwalkar and Houmansadr 2021 (Manipulating the Byzantine), NDSS (AGR-agnostic attacks),
 * https://doi.org/10.14722/ndss.2021.24498.
 * Choices: gamma is exact: the equation |mean + gamma p - x_i|^2 = R^2 has a larger root for each of m vectors, and
 * gamma is the smallest of these. The authors bisect from 10 down to 1e-5, and never exceed 20. With one known vector,
 * or if all are equal, gamma is 0. O(m^2 d).
 */
export const minMax = defineAttack({
  name: 'min-max',
  summary: 'From the mean, as far as the diameter of the known vectors allows',
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
    const widest = Math.max(0, ...vectors.flatMap((x, i) => vectors.slice(0, i).map((y) => squaredDistance(x, y))))
    const gamma = Math.min(...vectors.map((x) => largestWithin([x], mean, direction, widest)))
    return { output: Float32Array.from(mean, (value, k) => value + gamma * (direction[k] as number)), z: gamma }
  },
  conformance: [{}, { config: { perturbation: 'unit' } }, { config: { perturbation: 'sign' } }],
})
