import { z } from 'zod'
import { logarithm } from '#learning/random.ts'
import { compareEdges } from '../graph.ts'
import { defineTopology, type Edge, graphSeed } from '../topology.ts'
import { firstConnected } from './connected.ts'

/**
 * Every pair of peers is joined with the same chance: G(n, p).
 *
 * Gilbert 1959, https://doi.org/10.1214/aoms/1177706098, and Erdos and Renyi 1959. Drawn by the lengths of the gaps
 * between edges: Batagelj and Brandes 2005, https://doi.org/10.1103/PhysRevE.71.036113, section II.
 * Choices: a graph that is not connected is drawn anew from the same stream, so that what comes out is G(n, p) given
 * that it is connected; refused after 200 draws. O(n + edges) a draw.
 */
export const erdosRenyi = defineTopology({
  name: 'erdos-renyi',
  summary: 'Every pair of peers joined with the same chance, connected',
  reference: 'https://doi.org/10.1214/aoms/1177706098',
  parameters: {
    probability: z
      .number()
      .positive()
      .max(1)
      .describe('Chance of each edge; well above ln(n) / n, where a graph becomes likely to be connected'),
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
