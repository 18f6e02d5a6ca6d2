import { isConnected, neighbourLists } from '../graph.ts'
import type { Edge } from '../topology.ts'

/** Graphs drawn before a topology gives up. */
const attempts = 200

/**
 * The first connected graph of at most 200 draws. Otherwise throws RangeError that ends in `advice`: a run on separate
 * parts would be several experiments.
 */
export function firstConnected(n: number, what: string, advice: string, draw: () => Edge[]): Edge[] {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const edges = draw()
    if (isConnected(neighbourLists(n, edges))) return edges
  }
  throw new RangeError(`${what} gave no connected graph of n=${n} in ${attempts} draws; ${advice}`)
}
