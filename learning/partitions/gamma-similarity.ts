import * as z from 'zod'
import { permutation } from '../random.ts'
import { byLabel, equalParts } from './cuts.ts'
import { definePartition } from './partition.ts'

/**
 * Between iid and extreme: splits the first floor(gamma x count) examples at random into n equal parts, sorts the rest
 * by label and cuts it into n parts. A peer holds one part of each. gamma 1 is iid, gamma 0 is extreme.
 *
 * Karimireddy et al. 2020 (SCAFFOLD), https://arxiv.org/abs/1910.06378, section 7 (s % similarity), in the form of
 * ByzFL (Gonzalez et al. 2025, https://arxiv.org/abs/2505.24802, `gamma_similarity_niid`).
 * Choices: the iid examples are the first of the data set, as in ByzFL, not a random draw. Both cuts are like
 * numpy.array_split with the longer parts first, so shard sizes differ by at most two.
 */
export const gammaSimilarity = definePartition({
  name: 'gamma-similarity',
  summary: 'Splits a share of the examples at random, and the rest by label',
  reference: 'https://arxiv.org/abs/1910.06378',
  parameters: {
    gamma: z.number().min(0).max(1).describe('Share of the examples that is split at random: 1 is iid, 0 is extreme'),
  },
  split({ gamma }, labels, n, random) {
    const similar = Math.floor(labels.length * gamma)
    const sorted = labels.length - similar
    // The last peer gets the shortest parts.
    if (similar < n && sorted < n) {
      throw new RangeError(
        `gamma-similarity ${gamma} cannot give each of ${n} peers an example: ${similar} are iid, ${sorted} are sorted`,
      )
    }
    const rest = Uint32Array.from({ length: sorted }, (_, i) => similar + i)
    const skewed = equalParts(byLabel(labels, rest), n)
    return equalParts(permutation(random, similar), n).map((part, i) => {
      const own = skewed[i] as Uint32Array
      const shard = new Uint32Array(part.length + own.length)
      shard.set(part)
      shard.set(own, part.length)
      return shard.sort()
    })
  },
})
