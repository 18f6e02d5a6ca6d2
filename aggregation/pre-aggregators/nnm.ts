import { exactDistances, exactMean } from '../exact/rows.ts'
import { boundBehindNnm, boundOfMedian, boundOfTrimmedMean, boundOfWiderKrum } from '../math/bounds.ts'
import { distancesOf, distancesOfMeans } from '../math/distances.ts'
import { lowest } from '../math/krum-score.ts'
import { equalShares, meansOf } from '../math/mean.ts'
import { definePreAggregator, tolerance } from '../rule.ts'

/**
 * Nearest-neighbour mixing: y_i = mean of the n - f vectors nearest to x_i in Euclidean distance, x_i included.
 *
 * Allouah et al. 2023, https://arxiv.org/abs/2302.01772, Algorithm 2.
 * Choices: x_i itself always counts, even beside equal vectors. Other ties go to the lowest index. Means run in
 * float64. Outputs with the same neighbours are the same array. The distances of the outputs follow from those of the
 * inputs and are passed to the rule. O(n^2 d) time, O(n^2 + n d) memory.
 */
export const nnm = definePreAggregator({
  name: 'nnm',
  summary: 'Replaces each vector by the mean of its n - f nearest, itself included',
  reference: 'https://arxiv.org/abs/2302.01772',
  parameters: { f: tolerance },
  cost: 'n^2 d',
  requires: 'n > 2f',
  anonymous: true,
  minimum: ({ f }) => 2 * f + 1,
  transform(input, { f }) {
    const { vectors, own } = input
    const n = vectors.length
    const distances = distancesOf(input)
    const nearest = vectors.map((_, i) => {
      const row = Array.from(distances.subarray(i * n, (i + 1) * n))
      row[i] = -1
      return lowest(row, n - f)
    })
    const mixed = distancesOfMeans(distances, n, nearest)
    const mixing = nearest.map((set) => equalShares(n, set))
    return { vectors: meansOf(vectors, nearest), mixing, own, ...(mixed && { distances: mixed }) }
  },
  exact({ rows, own }, { f }) {
    const n = rows.length
    const distances = exactDistances(rows)
    const mixed = rows.map((_, i) => {
      const row = Array.from(distances.subarray(i * n, (i + 1) * n))
      row[i] = -1
      return exactMean(rows, lowest(row, n - f))
    })
    return { rows: mixed, own }
  },
  conformance: [
    { rule: { name: 'trimmed-mean' }, kappa: boundBehindNnm(boundOfTrimmedMean) },
    { rule: { name: 'median' }, kappa: boundBehindNnm(boundOfMedian) },
    {
      rule: { name: 'krum', neighbours: 'n-f-1' },
      exceptions: {
        permutation: 'mixing makes equal vectors, and two groups of equal vectors tie: the lowest index wins',
        translation: 'the same ties: rounding of a shifted group decides between them',
      },
      kappa: boundBehindNnm(boundOfWiderKrum),
    },
  ],
})
