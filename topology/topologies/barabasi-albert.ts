import * as z from 'zod'
import { integer } from '#learning/random.ts'
import { compareEdges } from '../graph.ts'
import { defineTopology, type Edge, graphSeed } from '../topology.ts'

/**
 * A growing graph: each new peer is joined to `attach` others, drawn in proportion to their degrees. It has a few hubs
 * and many peers of degree `attach`, and is always connected. (n - attach) attach edges.
 *
 * Barabasi and Albert 1999, https://doi.org/10.1126/science.286.5439.509.
 * Choices: it starts from a star of attach + 1 peers, as in NetworkX; the paper leaves the start open. The `attach`
 * others are distinct, drawn one after the other with their degrees before the new peer came.
 */
export const barabasiAlbert = defineTopology({
  name: 'barabasi-albert',
  summary: 'A growing graph with hubs: peers with many neighbours get more',
  reference: 'https://doi.org/10.1126/science.286.5439.509',
  parameters: {
    attach: z.int().min(1).default(2).describe('Edges that each new peer brings; less than the number of peers'),
    seed: graphSeed,
  },
  edges({ attach }, n, random) {
    if (n <= attach) {
      throw new RangeError(`barabasi-albert with attach=${attach} needs more than ${attach} peers, got n=${n}`)
    }
    const edges: Edge[] = []
    /** Both ends of every edge: a uniform draw from it is a draw in proportion to the degrees. */
    const ends: number[] = []
    for (let i = 1; i <= attach; i++) {
      edges.push([0, i])
      ends.push(0, i)
    }
    for (let i = attach + 1; i < n; i++) {
      const chosen = new Set<number>()
      while (chosen.size < attach) chosen.add(ends[integer(random, ends.length)]!)
      for (const other of chosen) {
        edges.push([other, i])
        ends.push(other, i)
      }
    }
    return edges.sort(compareEdges)
  },
})
