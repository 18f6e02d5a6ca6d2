import { simpleEdges } from '../graph.ts'
import { defineTopology } from '../topology.ts'

/**
 * The exponential graph, one step at a time: in round t each peer is beside those 2^(t mod ceil(log2 n)) further and as
 * far behind on the circle. Two neighbours a round (one where both are the same peer).
 *
 * Ying et al. 2021, https://arxiv.org/abs/2110.13363, section 4, whose graph is directed: each peer hears one other a
 * round. Choices: updates travel both ways along our edges, so each hears two. For n a power of 2
 * `one-peer-exponential` has one.
 */
export const exponentialCycle = defineTopology({
  name: 'exponential-cycle',
  summary: 'Time-varying: two neighbours a round, 1, 2, 4, ... further on a circle',
  reference: 'https://arxiv.org/abs/2110.13363',
  parameters: {},
  period: (_, n) => steps(n),
  regular: () => true,
  edges(_, n, __, round) {
    const step = 2 ** (round % steps(n))
    return simpleEdges(Array.from({ length: n }, (_, i): [number, number] => [i, (i + step) % n]))
  },
})

/** The least k with 2^k at least n, and at least 1. */
function steps(n: number): number {
  let k = 1
  while (2 ** k < n) k++
  return k
}
