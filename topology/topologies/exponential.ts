import { simpleEdges } from '../graph.ts'
import { defineTopology } from '../topology.ts'

/**
 * Each peer is joined to the peers 1, 2, 4, ... ahead on the circle, and so also to those behind. About 2 log2(n)
 * neighbours, and a diameter of about log2(n) / 2.
 *
 * Ying et al. 2021, https://arxiv.org/abs/2110.13363, the static exponential graph.
 * Choices: the paper's graph is directed, and each peer receives only from those behind it; here updates travel both
 * ways along an edge.
 */
export const exponential = defineTopology({
  name: 'exponential',
  summary: 'Each peer is joined to those at distance 1, 2, 4, ... on a circle',
  reference: 'https://arxiv.org/abs/2110.13363',
  parameters: {},
  edges(_, n) {
    const pairs: [number, number][] = []
    for (let i = 0; i < n; i++) for (let step = 1; step < n; step *= 2) pairs.push([i, (i + step) % n])
    return simpleEdges(pairs)
  },
})
