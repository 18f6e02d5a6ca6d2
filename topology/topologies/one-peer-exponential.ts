import { simpleEdges } from '../graph.ts'
import { defineTopology } from '../topology.ts'

/**
 * One neighbour in each round: in round t, peer i is joined to the peer with an index that differs in bit t mod log2(n)
 * only. With weights 1/2 and 1/2, the log2(n) rounds of a period average all peers exactly.
 *
 * Ying et al. 2021, https://arxiv.org/abs/2110.13363: the one-peer exponential graph, directed, with partner i + 2^t.
 * Choices: this is the undirected form for n a power of 2, the one-peer hypercube. It has the same weights, the same
 * period and the same exact average. For other n use `exponential-cycle`.
 */
export const onePeerExponential = defineTopology({
  name: 'one-peer-exponential',
  summary: 'Time-varying: one neighbour per round, at distance 1, 2, 4, ...; n a power of 2',
  reference: 'https://arxiv.org/abs/2110.13363',
  parameters: {},
  period: (_, n) => bitsOf(n),
  regular: () => true,
  edges(_, n, __, round) {
    const bits = bitsOf(n)
    if (2 ** bits !== n) {
      throw new RangeError(
        `one-peer-exponential needs a power of 2, such as ${2 ** bits} peers, got n=${n}; exponential-cycle takes any n`,
      )
    }
    return simpleEdges(Array.from({ length: n }, (_, i): [number, number] => [i, i ^ (1 << (round % bits))]))
  },
})

/** The smallest k >= 1 with 2^k >= n. */
function bitsOf(n: number): number {
  let k = 1
  while (2 ** k < n) k++
  return k
}
