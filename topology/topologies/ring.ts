import * as z from 'zod'
import { simpleEdges } from '../graph.ts'
import { defineTopology } from '../topology.ts'

/**
 * A circle: each peer is joined to its nearest `neighbours`, half of them on each side. n neighbours / 2 edges. With 2
 * it is the plain ring. With 4 it is the ring lattice i +- 1, i +- 2, the start of a small world (Watts and Strogatz
 * 1998).
 */
export const ring = defineTopology({
  name: 'ring',
  summary: 'A circle: each peer is joined to its nearest on each side',
  reference: 'https://doi.org/10.1038/30918',
  parameters: {
    neighbours: z
      .int()
      .min(2)
      .multipleOf(2)
      .default(2)
      .describe('Neighbours of each peer, half of them on each side; even, less than the number of peers'),
  },
  edges({ neighbours }, n) {
    if (n <= neighbours) {
      throw new RangeError(`ring with neighbours=${neighbours} needs more than ${neighbours} peers, got n=${n}`)
    }
    const pairs: [number, number][] = []
    for (let i = 0; i < n; i++) for (let k = 1; k <= neighbours / 2; k++) pairs.push([i, (i + k) % n])
    return simpleEdges(pairs)
  },
})
