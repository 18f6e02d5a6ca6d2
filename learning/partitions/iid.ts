import { permutation } from '../random.ts'
import { definePartition } from './partition.ts'

/** A random split into n parts of equal size; the first (count mod n) hold one more. */
export const iid = definePartition({
  name: 'iid',
  summary: 'A random split into equal parts',
  parameters: {},
  split(_, labels, n, random) {
    const count = labels.length
    if (count < n) throw new RangeError(`iid cannot give each of ${n} peers an example: there are ${count}`)
    const order = permutation(random, count)
    const shards: Uint32Array[] = []
    let start = 0
    for (let i = 0; i < n; i++) {
      const end = start + Math.floor(count / n) + (i < count % n ? 1 : 0)
      shards.push(order.slice(start, end).sort())
      start = end
    }
    return shards
  },
})
