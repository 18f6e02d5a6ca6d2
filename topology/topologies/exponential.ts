import { simpleEdges } from '../graph.ts'
import { defineTopology } from '../topology.ts'

/**
 * Each peer beside those 1, 2, 4, ... further on the circle, and by that also those as far behind: about 2 log2(n)
 * neighbours and a diameter of about log2(n) / 2.
 *
 * Ying et al. 2021, https://arxiv.org/abs/2110.13363, the static exponential graph. Choices: theirs is directed, each
 * peer hearing only those behind it; updates travel both ways along our edges.
 */
export const exponential = defineTopology({
  name: 'exponential',
  summary: 'Each peer beside those 1, 2, 4, ... further on a circle',
  reference: 'https://arxiv.org/abs/2110.13363',
  parameters: {},
  edges(_, n) {
    const pairs: [number, number][] = []
    for (let i = 0; i < n; i++) for (let step = 1; step < n; step *= 2) pairs.push([i, (i + step) % n])
    return simpleEdges(pairs)
  },
})
