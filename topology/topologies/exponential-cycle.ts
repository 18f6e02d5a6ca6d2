import { simpleEdges } from '../graph.ts'
import { defineTopology } from '../topology.ts'

/**
 * The exponential graph, one step at a time: in round t each peer is joined to the peers 2^(t mod ceil(log2 n)) ahead
 * and behind on the circle. Two neighbours in each round, or one if both are the same peer.
 *
 * Ying et al. 2021, https://arxiv.org/abs/2110.13363, section 4.
 * Choices: the paper's graph is directed, and each peer receives from one other in a round. Here updates travel both
 * ways along an edge, so each peer receives from two. For n a power of 2, `one-peer-exponential` has one neighbour.
 */
export const exponentialCycle = defineTopology({
  name: 'exponential-cycle',
  summary: 'Time-varying: two neighbours per round, at distance 1, 2, 4, ... on a circle',
  reference: 'https://arxiv.org/abs/2110.13363',
  parameters: {},
  period: (_, n) => steps(n),
  regular: () => true,
  edges(_, n, __, round) {
    const step = 2 ** (round % steps(n))
    return simpleEdges(Array.from({ length: n }, (_, i): [number, number] => [i, (i + step) % n]))
  },
})

/** The smallest k >= 1 with 2^k >= n. */
function steps(n: number): number {
  let k = 1
  while (2 ** k < n) k++
  return k
}
