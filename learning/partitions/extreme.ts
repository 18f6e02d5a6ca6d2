import { byLabel, equalParts } from './cuts.ts'
import { definePartition } from './partition.ts'

/**
 * The strongest label skew with shards of equal size: sorts the examples by label, then by index, and cuts them into n
 * consecutive parts. With as many peers as classes, each peer holds almost only one class. Draws no random numbers.
 *
 * ByzFL (Gonzalez et al. 2025), https://arxiv.org/abs/2505.24802, `extreme_niid`.
 * Choices: like numpy.array_split, the first (count mod n) parts hold one more.
 */
export const extreme = definePartition({
  name: 'extreme',
  summary: 'Sorted by label and cut into equal parts: a peer holds one or two classes',
  reference: 'https://arxiv.org/abs/2505.24802',
  parameters: {},
  split(_, labels, n) {
    if (labels.length < n) {
      throw new RangeError(`extreme cannot give each of ${n} peers an example: there are ${labels.length}`)
    }
    return equalParts(byLabel(labels), n).map((shard) => shard.sort())
  },
})
