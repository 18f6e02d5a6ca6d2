import { z } from 'zod'
import { permutation } from '../random.ts'
import { byLabel, equalParts } from './cuts.ts'
import { definePartition } from './partition.ts'

/**
 * Between iid and extreme: the first floor(gamma x count) examples are dealt out at random in equal parts, the rest
 * are sorted by label and cut; a peer holds one part of each. gamma 1 is iid, gamma 0 is extreme.
 *
 * Karimireddy et al. 2020 (SCAFFOLD), https://arxiv.org/abs/1910.06378, section 7 (s % similarity), in the form of ByzFL
 * (Gonzalez et al. 2025, https://arxiv.org/abs/2505.24802, `gamma_similarity_niid`). Choices: the examples dealt at
 * random are the first in the order of the data set, as ByzFL has it, not drawn; both cuts are as numpy.array_split, the
 * longer parts first, so that shards differ in size by two at most.
 */
export const gammaSimilarity = definePartition({
  name: 'gamma-similarity',
  summary: 'A share of the examples dealt out at random, the rest sorted by label and cut',
  reference: 'https://arxiv.org/abs/1910.06378',
  parameters: {
    gamma: z.number().min(0).max(1).describe('Share of the examples that is iid: 1 is iid, 0 extreme'),
  },
  split({ gamma }, labels, n, random) {
    const similar = Math.floor(labels.length * gamma)
    const sorted = labels.length - similar
    // The last peer gets the shortest parts.
    if (similar < n && sorted < n) {
      throw new RangeError(
        `gamma-similarity ${gamma} cannot give each of ${n} peers an example: ${similar} are iid and ${sorted} sorted`,
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
