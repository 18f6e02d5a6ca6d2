import * as z from 'zod'
import { simpleEdges } from '../graph.ts'
import { defineTopology, type Edge } from '../topology.ts'

/**
 * Two cliques joined by a path of `connectors` peers, from peer 0 of the first clique to the last peer of the second.
 * With 0 connectors they are joined by one edge. `pendants` peers hang on the single connector: the Byzantine peers of
 * the paper's experiment on delta.
 *
 * He, Karimireddy, Jaggi 2022, https://arxiv.org/abs/2202.01545, Figure 5 and their code (TwoCliques and
 * TwoCliquesWithByzantine). Numbering as in their code: cliques 0 to q - 1 and q to 2q - 1, then the connectors, then
 * the pendants. Place Byzantine peers there with `placement: [2q + 1, ...]`.
 * Weights as published: Metropolis-Hastings, except delta / (b + 3) for each of b pendants. So delta_max is delta b /
 * (b + 3), and the gap of the honest part is the same for every delta.
 */
export const twoCliques = defineTopology({
  name: 'two-cliques',
  summary: 'Two cliques joined by a path that Byzantine peers may hang on (He et al.)',
  reference: 'https://arxiv.org/abs/2202.01545',
  parameters: {
    clique: z.int().min(2).describe('Peers in each clique'),
    connectors: z.int().min(0).default(1).describe('Peers on the path between the cliques; 0: one edge'),
    pendants: z
      .int()
      .min(0)
      .default(0)
      .describe('Peers that hang on the connector; needs connectors: 1, at most clique - 2'),
    delta: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe("Weight of each pendant as a share of its full weight: the paper's coefficient, 0 to 1"),
  },
  edges({ clique, connectors, pendants }, n) {
    const all = 2 * clique + connectors + pendants
    if (n !== all) {
      throw new RangeError(
        `two-cliques of clique=${clique}, connectors=${connectors}, pendants=${pendants} needs n=${all} peers, got n=${n}`,
      )
    }
    if (pendants > 0 && connectors !== 1) {
      throw new RangeError(`two-cliques with pendants needs connectors=1, got connectors=${connectors}`)
    }
    if (pendants > Math.max(0, clique - 2)) {
      throw new RangeError(
        `two-cliques of clique=${clique} takes at most ${clique - 2} pendants, got pendants=${pendants}`,
      )
    }
    const pairs: [number, number][] = []
    for (let i = 0; i < clique; i++) {
      for (let j = i + 1; j < clique; j++) pairs.push([i, j], [i + clique, j + clique])
    }
    for (let k = 0; k < connectors; k++) pairs.push([2 * clique - 1 + k, 2 * clique + k])
    pairs.push([0, 2 * clique - 1 + connectors])
    for (let k = 1; k <= pendants; k++) pairs.push([2 * clique, 2 * clique + k])
    return simpleEdges(pairs)
  },
  weights: {
    name: 'as-published',
    of({ clique, pendants, delta }, n, edges) {
      if (pendants === 0) return undefined
      const degrees = new Array<number>(n).fill(0)
      for (const edge of edges) for (const end of edge) degrees[end] = degrees[end]! + 1
      return edges.map(([a, b]: Edge) =>
        b > 2 * clique ? delta / (pendants + 3) : 1 / (1 + Math.max(degrees[a]!, degrees[b]!)),
      )
    },
  },
})
