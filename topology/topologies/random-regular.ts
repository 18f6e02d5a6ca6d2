import * as z from 'zod'
import { permutation, type Random } from '#learning/random.ts'
import { compareEdges, isConnected, neighbourLists } from '../graph.ts'
import { defineTopology, type Edge, graphSeed } from '../topology.ts'

/** Maximum number of draws. A draw succeeds with a probability near 1, except for degree 2: about 1 / sqrt(n). */
const attempts = 10_000

/**
 * A random graph with the same degree at every peer, connected and without double edges.
 *
 * Pairing model; unsuitable pairs are drawn again: Steger and Wormald 1999, https://doi.org/10.1017/S0963548399003867.
 * Nearly uniform for degrees that are small compared with n.
 * Choices: a graph that gets stuck or is not connected is drawn again from the same stream. For degrees above n / 2 the
 * complement is drawn, which is as uniform and does not get stuck.
 */
export const randomRegular = defineTopology({
  name: 'random-regular',
  summary: 'A random connected graph with the same degree at every peer',
  reference: 'https://doi.org/10.1017/S0963548399003867',
  parameters: {
    degree: z.int().min(1).describe('Neighbours of each peer; less than n, with n times degree even'),
    seed: graphSeed,
  },
  edges({ degree }, n, random) {
    checkDegree('random-regular', degree, n)
    if (degree === 1 && n > 2) {
      throw new RangeError(`random-regular with degree=1 needs n=2 peers, got n=${n}; use at least degree=2`)
    }
    for (let attempt = 0; attempt < attempts; attempt++) {
      const edges = drawRegular(n, degree, random)
      if (edges && isConnected(neighbourLists(n, edges))) return edges
    }
    throw new RangeError(`random-regular found no connected graph of n=${n}, degree=${degree} in ${attempts} draws`)
  },
})

/** Throws RangeError if no graph of n peers has this degree everywhere. */
export function checkDegree(name: string, degree: number, n: number): void {
  if (degree >= n) throw new RangeError(`${name} with degree=${degree} needs more than ${degree} peers, got n=${n}`)
  if ((n * degree) % 2 !== 0) throw new RangeError(`${name} needs n times degree even, got n=${n}, degree=${degree}`)
}

/** One draw of a regular graph, connected or not; undefined if it got stuck. */
export function drawRegular(n: number, degree: number, random: Random): Edge[] | undefined {
  const sparse = degree <= n / 2
  const drawn = pairing(n, sparse ? degree : n - 1 - degree, random)
  if (!drawn) return undefined
  return sparse ? drawn.sort(compareEdges) : complement(n, drawn)
}

/** One draw: a simple graph, or undefined if the remaining open ends cannot be joined. */
function pairing(n: number, degree: number, random: Random): Edge[] | undefined {
  const joined = new Set<number>()
  const key = (a: number, b: number) => (a < b ? a * n + b : b * n + a)
  const edges: Edge[] = []
  let ends: number[] = []
  for (let i = 0; i < n; i++) for (let k = 0; k < degree; k++) ends.push(i)
  while (ends.length > 0) {
    const order = permutation(random, ends.length)
    const left: number[] = []
    for (let k = 0; k < ends.length; k += 2) {
      const a = ends[order[k]!]!
      const b = ends[order[k + 1]!]!
      if (a === b || joined.has(key(a, b))) {
        left.push(a, b)
        continue
      }
      joined.add(key(a, b))
      edges.push(a < b ? [a, b] : [b, a])
    }
    const open = [...new Set(left)]
    const joinable = open.some((a, i) => open.slice(i + 1).some((b) => !joined.has(key(a, b))))
    if (open.length > 0 && !joinable) return undefined
    ends = left
  }
  return edges
}

function complement(n: number, edges: readonly Edge[]): Edge[] {
  const joined = new Set(edges.map(([a, b]) => a * n + b))
  const others: Edge[] = []
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) if (!joined.has(i * n + j)) others.push([i, j])
  return others
}
