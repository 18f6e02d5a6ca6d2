import { squaredDistance } from '#aggregation/math/distances.ts'
import { defineAttack } from '../attack.ts'
import { knownVectors } from '../math/known.ts'
import { largestWithin, perturbationOf, perturbationParameter } from '../math/perturbation.ts'
import { meanOf } from '../math/statistics.ts'

/**
 * Min-Max: mean + gamma p, with the largest gamma at which the crafted vector is no farther from any known vector
 * than two of those are from each other: max_i |v - x_i| <= max_ij |x_i - x_j|.
 *
 * Shejwalkar and Houmansadr 2021 (Manipulating the Byzantine), NDSS (AGR-agnostic attacks),
 * https://doi.org/10.14722/ndss.2021.24498. Choices: gamma is the smallest of the m greater roots of
 * |mean + gamma p - x_i|^2 = R^2, where the authors halve intervals from 10 down to 1e-5 and end at 20 at the latest;
 * with one known vector or none that differ, gamma is 0. O(m^2 d).
 */
export const minMax = defineAttack({
  name: 'min-max',
  summary: 'As far from the mean as the farthest two known vectors are from each other',
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
