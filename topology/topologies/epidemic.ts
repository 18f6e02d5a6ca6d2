import * as z from 'zod'
import { integer } from '#learning/random.ts'
import { simpleEdges } from '../graph.ts'
import { defineTopology, graphSeed } from '../topology.ts'
import { checkDegree, drawRegular } from './random-regular.ts'

/** Maximum number of draws of a regular graph; a draw may get stuck. */
const attempts = 10_000

/**
 * New random neighbours in every round. `regular`: a random graph with the same degree at all peers (EL-Oracle).
 * `local`: each peer picks `degree` others by itself, and each pick joins the two (EL-Local). Degrees then differ, and
 * their mean is about twice as high.
 *
 * De Vos et al. 2023, Epidemic Learning, https://arxiv.org/abs/2310.01972.
 * Choices: the paper's graph is directed, and each peer sends to those it picked; here updates travel both ways along
 * an edge. The graph of one round need not be connected. Over many rounds any two peers may meet, so a real swarm wires
 * nearly the complete graph.
 */
export const epidemic = defineTopology({
  name: 'epidemic',
  summary: 'Time-varying: new random neighbours in every round',
  reference: 'https://arxiv.org/abs/2310.01972',
  parameters: {
    degree: z
      .int()
      .min(1)
      .describe('Neighbours of each peer in a round (regular), or peers that each peer picks (local)'),
    sampling: z
      .enum(['regular', 'local'])
      .default('regular')
      .describe('regular: all peers have the same degree; local: each peer picks by itself'),
    seed: graphSeed,
  },
  period: () => Number.POSITIVE_INFINITY,
  regular: ({ sampling }) => sampling === 'regular',
  minDegree: ({ degree }) => degree,
  edges({ degree, sampling }, n, random) {
    if (sampling === 'local') {
      if (degree >= n)
        throw new RangeError(`epidemic with degree=${degree} needs more than ${degree} peers, got n=${n}`)
      const pairs: [number, number][] = []
      for (let i = 0; i < n; i++) {
        const picked = new Set<number>()
        while (picked.size < degree) {
          const other = integer(random, n - 1)
          picked.add(other < i ? other : other + 1)
        }
        for (const other of picked) pairs.push([i, other])
      }
      return simpleEdges(pairs)
    }
    checkDegree('epidemic', degree, n)
    for (let attempt = 0; attempt < attempts; attempt++) {
      const edges = drawRegular(n, degree, random)
      if (edges) return edges
    }
    throw new RangeError(`epidemic found no graph of n=${n}, degree=${degree} in ${attempts} draws`)
  },
})
