import * as z from 'zod'
import { defineTopology, type Edge, graphSeed } from '../topology.ts'
import { firstConnected } from './connected.ts'

/**
 * Peers at random points of the unit square, joined if their distance is at most `radius`: a wireless mesh.
 *
 * Gilbert 1961, https://doi.org/10.1137/0109045.
 * Choices: the square has borders. Points without a connected graph are drawn again; refused after 200 draws. O(n^2)
 * per draw.
 */
export const randomGeometric = defineTopology({
  name: 'random-geometric',
  summary: 'Random points of a square, joined if they are close; connected',
  reference: 'https://doi.org/10.1137/0109045',
  parameters: {
    radius: z
      .number()
      .positive()
      .describe(
        'Maximum distance of two neighbours in the unit square; a connected graph is likely well above sqrt(ln(n) / (pi n))',
      ),
    seed: graphSeed,
  },
  edges({ radius }, n, random) {
    const threshold = Math.sqrt(Math.log(Math.max(2, n)) / (Math.PI * n))
    return firstConnected(
      n,
      `random-geometric with radius=${radius}`,
      `one is likely above sqrt(ln(n) / (pi n)) = ${threshold.toFixed(3)}`,
      () => {
        const points = Array.from({ length: n }, () => ({ x: random(), y: random() }))
        const edges: Edge[] = []
        for (let i = 0; i < n; i++) {
          const { x, y } = points[i]!
          for (let j = i + 1; j < n; j++) {
            const [dx, dy] = [points[j]!.x - x, points[j]!.y - y]
            if (dx * dx + dy * dy <= radius * radius) edges.push([i, j])
          }
        }
        return edges
      },
    )
  },
})
