import * as z from 'zod'
import { integer, type Random } from '#learning/random.ts'
import { simpleEdges } from '../graph.ts'
import { defineTopology, type Edge, graphSeed } from '../topology.ts'
import { firstConnected } from './connected.ts'

/**
 * A small world: a ring lattice with some edges rewired. n neighbours / 2 edges, as in the lattice.
 *
 * Watts and Strogatz 1998, https://doi.org/10.1038/30918. Lap by lap, nearest neighbours first, the far end of each
 * edge moves with probability `rewire`. It moves to a random peer that is not yet joined to the near end.
 * Choices: with probability 1 it is not quite a random graph, because each peer keeps half of its edge ends. A graph
 * that is not connected is drawn again; refused after 200 draws.
 */
export const smallWorld = defineTopology({
  name: 'small-world',
  summary: 'A ring lattice with some edges rewired at random (Watts and Strogatz)',
  reference: 'https://doi.org/10.1038/30918',
  parameters: {
    neighbours: z
      .int()
      .min(2)
      .multipleOf(2)
      .default(4)
      .describe('Neighbours in the lattice before rewiring; even, less than the number of peers'),
    rewire: z.number().min(0).max(1).default(0.1).describe('Probability that an edge is rewired'),
    seed: graphSeed,
  },
  edges({ neighbours, rewire }, n, random) {
    if (n <= neighbours) {
      throw new RangeError(`small-world with neighbours=${neighbours} needs more than ${neighbours} peers, got n=${n}`)
    }
    return firstConnected(
      n,
      `small-world with neighbours=${neighbours}, rewire=${rewire}`,
      'use more neighbours or less rewiring',
      () => rewired(neighbours, rewire, n, random),
    )
  },
})

function rewired(neighbours: number, rewire: number, n: number, random: Random): Edge[] {
  const beside = Array.from({ length: n }, () => new Set<number>())
  const join = (a: number, b: number): void => {
    beside[a]!.add(b)
    beside[b]!.add(a)
  }
  for (let lap = 1; lap <= neighbours / 2; lap++) for (let i = 0; i < n; i++) join(i, (i + lap) % n)
  for (let lap = 1; lap <= neighbours / 2; lap++) {
    for (let i = 0; i < n; i++) {
      const old = (i + lap) % n
      if (random() >= rewire || beside[i]!.size >= n - 1) continue
      let next = integer(random, n)
      while (next === i || beside[i]!.has(next)) next = integer(random, n)
      beside[i]!.delete(old)
      beside[old]!.delete(i)
      join(i, next)
    }
  }
  return simpleEdges(beside.flatMap((others, i) => [...others].map((j): [number, number] => [i, j])))
}
