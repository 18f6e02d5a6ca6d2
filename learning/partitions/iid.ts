import { permutation } from '../random.ts'
import { equalParts } from './cuts.ts'
import { definePartition } from './partition.ts'

/** A random split into n parts of equal size; the first (count mod n) hold one more. */
export const iid = definePartition({
  name: 'iid',
  summary: 'A random split into equal parts',
  parameters: {},
  split(_, labels, n, random) {
    const count = labels.length
    if (count < n) throw new RangeError(`iid cannot give each of ${n} peers an example: there are ${count}`)
    return equalParts(permutation(random, count), n).map((shard) => shard.sort())
  },
})
