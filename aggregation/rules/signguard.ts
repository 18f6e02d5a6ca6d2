import * as z from 'zod'
import { combination } from '../math/combination.ts'
import { drawing } from '../math/draw.ts'
import { meanShift } from '../math/mean-shift.ts'
import { clippingFactor, normsOf } from '../math/norms.ts'
import { defineRule } from '../rule.ts'

/**
 * SignGuard: two filters, then the mean of the remaining vectors, each clipped to the median norm. A vector passes if
 * its norm is `lower` to `upper` times the median norm, and if its signs belong to the largest cluster. The signs of a
 * vector are its shares of positive, zero and negative coordinates in a random block of the d coordinates. Each share
 * is divided by the maximum over all vectors; mean shift makes the clusters.
 *
 * Xu et al. 2022 (ICDCS), https://arxiv.org/abs/2109.05872: bounds 0.1 and 3.0, a tenth of the coordinates. Made for an
 * honest majority of gradients with similar norms.
 * Choices, as in the authors' code: the block is contiguous; mean shift is that of scikit-learn, with bandwidth by
 * quantile 1/2 and bins as seeds; vectors farther than a bandwidth from every cluster belong to none. Among equally
 * large clusters, the one with more vectors around its centre counts.
 * Our own choices: bounds on norms are inclusive (strict in the code). For even n the median norm is the mean of the
 * middle two (the lower one in the code). If no vector passes both filters, those that pass the norm filter are
 * averaged. Norms and signs depend on the origin: meant for gradients. O(n d + n^3) time, O(n + d) memory.
 */
export const signguard = defineRule({
  name: 'signguard',
  summary: 'Mean of the vectors with typical norms and typical signs, clipped to the median norm',
  reference: 'https://arxiv.org/abs/2109.05872',
  parameters: {
    lower: z.number().min(0).max(1).default(0.1).describe('Minimum norm, as a multiple of the median norm'),
    upper: z.number().min(1).default(3).describe('Maximum norm, as a multiple of the median norm'),
    coordinates: z
      .number()
      .positive()
      .max(1)
      .default(0.1)
      .describe('Share of the coordinates in which signs are counted'),
  },
  cost: 'n d + n^3',
  requires: 'n >= 1',
  minimum: () => 1,
  aggregate({ vectors, random }, { lower, upper, coordinates }) {
    const n = vectors.length
    const d = vectors[0]?.length ?? 0
    const norms = normsOf(vectors)
    const median = medianOf(norms)
    const usual = [...norms.keys()].filter(
      (i) => (norms[i] as number) >= lower * median && (norms[i] as number) <= upper * median,
    )
    const size = Math.max(1, Math.floor(coordinates * d))
    const from = size < d ? Math.floor(drawing('signguard', random)() * (d - size + 1)) : 0
    const clusters = meanShift(signShares(vectors, from, from + size), 0.5)
    const largest = largestOf(clusters)
    const both = usual.filter((i) => clusters[i] === largest)
    const chosen = both.length > 0 ? both : usual
    const influence = new Array<number>(n).fill(0)
    for (const i of chosen) influence[i] = clippingFactor(norms[i] as number, median) / chosen.length
    return { output: combination(vectors, influence), influence }
  },
  conformance: [
    {
      config: { coordinates: 1 },
      exceptions: {
        translation: 'norms are measured from the origin',
        permutation: 'among clusters of equal size the first wins',
      },
    },
  ],
})

/**
 * Shares of positive, zero and negative numbers in coordinates from..to, divided by the maximum over all vectors (n x
 * 3).
 */
function signShares(vectors: readonly Float32Array[], from: number, to: number): number[][] {
  const counts = vectors.map((vector) => {
    const count = [0, 0, 0]
    for (let k = from; k < to; k++) {
      const value = vector[k] as number
      const at = value > 0 ? 0 : value === 0 ? 1 : 2
      count[at] = (count[at] as number) + 1
    }
    return count
  })
  const greatest = [0, 1, 2].map((at) => Math.max(...counts.map((count) => count[at] as number)))
  return counts.map((count) => count.map((value, at) => (value === 0 ? 0 : value / (greatest[at] as number))))
}

/** The cluster with the most members, the first of several. -1 means no cluster and has no members. */
function largestOf(clusters: readonly number[]): number {
  const sizes: number[] = []
  for (const cluster of clusters) if (cluster >= 0) sizes[cluster] = (sizes[cluster] ?? 0) + 1
  return sizes.reduce((best, size, cluster) => (size > (sizes[best] ?? 0) ? cluster : best), 0)
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2
}
