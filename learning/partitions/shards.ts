import { z } from 'zod'
import { permutation } from '../random.ts'
import { byLabel, equalParts } from './cuts.ts'
import { definePartition } from './partition.ts'

/**
 * Pathological label skew: the examples, sorted by label, are cut into n x perPeer shards, and each peer is dealt
 * `perPeer` of them at random. With two, as in the paper, most peers hold two classes.
 *
 * McMahan et al. 2017, https://arxiv.org/abs/1602.05629, section 3 (200 shards of 300 for 100 clients, two each).
 * Choices: equal labels stay in the order of the data set; where the count is not a multiple of the number of shards,
 * the first ones hold one more. More shards than examples are refused.
 */
export const shards = definePartition({
  name: 'shards',
  summary: 'Sorted by label and cut into shards, of which each peer is dealt a few at random',
  reference: 'https://arxiv.org/abs/1602.05629',
  parameters: {
    perPeer: z.int().positive().default(2).describe('Shards for each peer: fewer is a stronger skew'),
  },
  split({ perPeer }, labels, n, random) {
    const count = n * perPeer
    if (labels.length < count) {
      throw new RangeError(
        `shards cannot cut ${labels.length} examples into ${n} x ${perPeer} shards of at least one example`,
      )
    }
    const pieces = equalParts(byLabel(labels), count)
    const order = permutation(random, count)
    return Array.from({ length: n }, (_, peer) => {
      const own = order.subarray(peer * perPeer, (peer + 1) * perPeer)
      return Uint32Array.from([...own].flatMap((piece) => [...(pieces[piece] as Uint32Array)])).sort()
    })
  },
})
