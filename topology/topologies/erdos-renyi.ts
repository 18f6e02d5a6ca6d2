import * as z from 'zod'
import { logarithm } from '#learning/random.ts'
import { compareEdges } from '../graph.ts'
import { defineTopology, type Edge, graphSeed } from '../topology.ts'
import { firstConnected } from './connected.ts'

/**
 * Every pair of peers is joined with the same probability: G(n, p).
 *
 * Gilbert 1959, https://doi.org/10.1214/aoms/1177706098, and Erdos and Renyi 1959. Drawn by the lengths of the gaps
 * between edges: Batagelj and Brandes 2005, https://doi.org/10.1103/PhysRevE.71.036113, section II.
 * Choices: a graph that is not connected is drawn again from the same stream, so the result is G(n, p) given that it is
 * connected. Refused after 200 draws. O(n + edges) per draw.
 */
export const erdosRenyi = defineTopology({
  name: 'erdos-renyi',
  summary: 'Every pair of peers joined with the same probability; connected',
  reference: 'https://doi.org/10.1214/aoms/1177706098',
  parameters: {
    probability: z
      .number()
      .positive()
      .max(1)
      .describe('Probability of each edge; a connected graph is likely well above ln(n) / n'),
    seed: graphSeed,
  },
  edges({ probability }, n, random) {
    const threshold = n > 1 ? Math.log(n) / n : 0
    return firstConnected(
      n,
      `erdos-renyi with probability=${probability}`,
      `one is likely above ln(n) / n = ${threshold.toFixed(3)}`,
      () => {
        const edges: Edge[] = []
        const perGap = probability < 1 ? 1 / logarithm(1 - probability) : 0
        let low = -1
        for (let high = 1; high < n; ) {
          low += 1 + Math.floor(logarithm(1 - random()) * perGap)
          while (low >= high && high < n) {
            low -= high
            high++
          }
          if (high < n) edges.push([low, high])
        }
        return edges.sort(compareEdges)
      },
    )
  },
})
