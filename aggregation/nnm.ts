import { squaredDistances } from './distances.ts'
import { lowest } from './krum-score.ts'
import { equalShares, meanOf } from './mean.ts'
import { definePreAggregator, tolerance } from './rule.ts'

/**
 * Nearest-neighbour mixing: y_i = mean of the n - f vectors nearest to x_i in Euclidean distance, x_i included.
 *
 * Allouah et al. 2023, https://arxiv.org/abs/2302.01772, Algorithm 2. Choices: x_i itself always counts, even
 * beside equal vectors; other ties go to the lowest index. O(n^2 d) time, O(n^2 + n d) memory.
 */
export const nnm = definePreAggregator({
  name: 'nnm',
  summary: 'Replaces each vector by the mean of its n - f nearest, itself included',
  reference: 'https://arxiv.org/abs/2302.01772',
  parameters: { f: tolerance },
  cost: 'n^2 d',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  transform({ vectors, own }, { f }) {
    const n = vectors.length
    const distances = squaredDistances(vectors)
    // Most vectors share their nearest n - f with others; a mean is computed once for each set.
    const means = new Map<string, Float32Array>()
    const mixing: number[][] = []
    const mixed = vectors.map((_, i) => {
      const row = Array.from(distances.subarray(i * n, (i + 1) * n))
      row[i] = -1
      const nearest = lowest(row, n - f)
      mixing.push(equalShares(n, nearest))
      const key = nearest.join()
      const known = means.get(key)
      if (known) return known.slice()
      const mean = meanOf(vectors, nearest)
      means.set(key, mean)
      return mean
    })
    return { vectors: mixed, mixing, own }
  },
})
