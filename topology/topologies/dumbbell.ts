import * as z from 'zod'
import { integer } from '#learning/random.ts'
import { simpleEdges } from '../graph.ts'
import { defineTopology, graphSeed } from '../topology.ts'

/**
 * Two cliques of q peers, joined by one edge from peer 0 to peer 2q - 1 and by `bridges` more edges between random
 * peers. At each end of the first edge hang qb Byzantine peers.
 *
 * He, Karimireddy, Jaggi 2022, https://arxiv.org/abs/2202.01545, Figure 4 and their code. Numbering as there: cliques 0
 * to q - 1 and q to 2q - 1, then the Byzantine peers at peer 0, then those at peer 2q - 1. Place them with `placement:
 * [2q, ...]`. Weights as published: 1 / (q + qb + 1 + bridges) on every edge.
 * Choices: random bridges are distinct; in the authors' code two may coincide. Each joins two peers that are not joined
 * yet.
 */
export const dumbbell = defineTopology({
  name: 'dumbbell',
  summary: 'Two cliques, one joining edge with Byzantine peers, random bridges (He et al.)',
  reference: 'https://arxiv.org/abs/2202.01545',
  parameters: {
    q: z.int().min(2).describe('Peers in each clique'),
    qb: z.int().min(0).default(0).describe('Peers that hang on each end of the joining edge, meant to be Byzantine'),
    bridges: z.int().min(0).default(0).describe('Random edges between the cliques besides the first'),
    seed: graphSeed,
  },
  edges({ q, qb, bridges }, n, random) {
    if (n !== 2 * (q + qb)) {
      throw new RangeError(`dumbbell of q=${q}, qb=${qb} needs n=${2 * (q + qb)} peers, got n=${n}`)
    }
    if (bridges > q * q - 1) {
      throw new RangeError(`dumbbell of q=${q} has room for ${q * q - 1} bridges, got bridges=${bridges}`)
    }
    const pairs: [number, number][] = [[0, 2 * q - 1]]
    for (let i = 0; i < q; i++) for (let j = i + 1; j < q; j++) pairs.push([i, j], [i + q, j + q])
    for (let k = 0; k < qb; k++) pairs.push([0, 2 * q + k], [2 * q - 1, 2 * q + qb + k])
    const taken = new Set([q - 1])
    while (taken.size <= bridges) {
      const between = integer(random, q * q)
      if (taken.has(between)) continue
      taken.add(between)
      pairs.push([Math.floor(between / q), q + (between % q)])
    }
    return simpleEdges(pairs)
  },
  weights: {
    name: 'as-published',
    of: ({ q, qb, bridges }, _, edges) => edges.map(() => 1 / (q + qb + 1 + bridges)),
  },
})
