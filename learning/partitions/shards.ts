import * as z from 'zod'
import { permutation } from '../random.ts'
import { byLabel, equalParts } from './cuts.ts'
import { definePartition } from './partition.ts'

/**
 * Pathological label skew: sorts the examples by label, cuts them into n x perPeer shards, and gives each peer
 * `perPeer` random shards. With two, as in the paper, most peers hold two classes.
 *
 * McMahan et al. 2017, https://arxiv.org/abs/1602.05629, section 3 (200 shards of 300 for 100 clients, two each).
 * Choices: equal labels stay in the order of the data set. If the number of shards does not divide the count, the first
 * shards hold one more. Throws RangeError for more shards than examples.
 */
export const shards = definePartition({
  name: 'shards',
  summary: 'Sorts by label, cuts into shards, and gives each peer a few random shards',
  reference: 'https://arxiv.org/abs/1602.05629',
  parameters: {
    perPeer: z.int().positive().default(2).describe('Shards for each peer; fewer shards are a stronger skew'),
  },
  split({ perPeer }, labels, n, random) {
    const count = n * perPeer
    if (labels.length < count) {
      throw new RangeError(
        `shards needs at least one example for each of ${n} x ${perPeer} shards, got ${labels.length} examples`,
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
