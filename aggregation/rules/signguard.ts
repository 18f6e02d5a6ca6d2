import { z } from 'zod'
import { combination } from '../math/combination.ts'
import { drawing } from '../math/draw.ts'
import { meanShift } from '../math/mean-shift.ts'
import { clippingFactor, normsOf } from '../math/norms.ts'
import { defineRule } from '../rule.ts'

/**
 * SignGuard: keep the vectors whose norm lies between `lower` and `upper` times the median norm and whose signs fall
 * into the largest cluster; clip them to the median norm; their mean. The signs of a vector are its shares of positive,
 * zero and negative coordinates in a random block of d, each divided by the greatest such share of any vector;
 * clusters are of mean shift.
 *
 * Xu et al. 2022 (ICDCS), https://arxiv.org/abs/2109.05872: 0.1, 3.0 and a tenth of the coordinates.
 * Made for an honest majority of gradients of similar norms. Choices: the block is contiguous, the clusters are those of
 * scikit-learn with bandwidth by quantile 1/2, bins as seeds and vectors beyond a bandwidth of every cluster in none, and
 * of equally large clusters the one around more vectors counts, all as in the authors' code. Bounds of norms are
 * inclusive, where the code's are strict; norms are clipped to the mean of the two middle ones of an even n, where the
 * code takes the lower; where no vector passes both filters, those that pass the norms. Meant for gradients: norms and
 * signs depend on the origin. O(n d + n^3) time, O(n + d) memory.
 */
export const signguard = defineRule({
  name: 'signguard',
  summary: 'Mean of the vectors with usual norms and usual signs, clipped to the median norm',
  reference: 'https://arxiv.org/abs/2109.05872',
  parameters: {
    lower: z.number().min(0).max(1).default(0.1).describe('Least norm, as a multiple of the median norm'),
    upper: z.number().min(1).default(3).describe('Greatest norm, as a multiple of the median norm'),
    coordinates: z.number().positive().max(1).default(0.1).describe('Share of the coordinates whose signs are counted'),
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
        permutation: 'of clusters of one size the first wins',
      },
    },
  ],
})

/** Shares of positive, zero and negative numbers at coordinates from..to, each relative to the greatest of any vector. */
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

/** The cluster with the most members, of several the first; -1, which is none, has no members. */
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
