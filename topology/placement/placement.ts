import { permutation, type Random } from '#learning/random.ts'
import { betweenness, distancesFrom, inducedSubgraph, isConnected, type Neighbours, neighbourLists } from '../graph.ts'
import { fiedlerVector } from '../spectrum/fiedler.ts'
import type { Edge } from '../topology.ts'
import { placeBalanced } from './balanced-placement.ts'

/** Where the Byzantine peers sit: a strategy, or their indices. */
export type Placement = 'random' | 'spread' | 'hub' | 'bridge' | 'eclipse' | 'fiedler' | 'balanced' | readonly number[]

/**
 * The Byzantine peers among n, ascending. Throws RangeError if the placement and the count do not fit. Only `random`
 * and `balanced` use `random`. O(n edges).
 *
 * Choices: all ties go to the lowest index.
 * `spread` starts at a peer of maximum eccentricity, then takes the peer farthest from those taken (Gonzalez 1985).
 * `hub` takes the highest degrees.
 * `bridge` takes the highest betweenness in the whole graph, not recomputed as peers are taken.
 * `eclipse` takes all neighbours of the first peer with exactly as many neighbours as there are Byzantine peers.
 * `fiedler` takes the peers with the smallest absolute entry in the Fiedler vector. They sit where its sign changes and
 * the graph is thinnest. O(n^3).
 * `balanced` gives every honest peer about as many Byzantine neighbours.
 */
export function place(
  placement: Placement,
  n: number,
  byzantine: number,
  edges: readonly Edge[],
  random: Random,
): number[] {
  if (byzantine < 0 || byzantine >= n) {
    throw new RangeError(`placement needs at least one honest peer, got n=${n}, byzantine=${byzantine}`)
  }
  if (typeof placement !== 'string') return checked(placement, n, byzantine)
  if (byzantine === 0) return []
  const neighbours = neighbourLists(n, edges)
  switch (placement) {
    case 'random':
      return ascending(permutation(random, n).subarray(0, byzantine))
    case 'spread':
      return ascending(farthestFirst(neighbours, byzantine))
    case 'hub':
      return ascending(
        highest(
          neighbours.map((list) => list.length),
          byzantine,
        ),
      )
    case 'bridge':
      return ascending(highest(betweenness(neighbours), byzantine))
    case 'fiedler':
      return ascending(
        highest(
          Array.from(fiedlerVector(neighbours), (value) => -Math.abs(value)),
          byzantine,
        ),
      )
    case 'balanced':
      return placeBalanced(neighbours, byzantine, random)
    case 'eclipse':
      return eclipse(neighbours, byzantine)
  }
}

/** Whether the honest peers are connected without the Byzantine peers. */
export function honestConnected(n: number, edges: readonly Edge[], byzantine: readonly number[]): boolean {
  const honest = Array.from({ length: n }, (_, i) => i).filter((i) => !byzantine.includes(i))
  return isConnected(neighbourLists(honest.length, inducedSubgraph(edges, honest)))
}

function ascending(peers: Iterable<number>): number[] {
  return [...peers].sort((a, b) => a - b)
}

function checked(list: readonly number[], n: number, byzantine: number): number[] {
  const shown = `[${list.join(', ')}]`
  if (list.length !== byzantine) {
    throw new RangeError(
      `placement ${shown} names ${list.length} peers, got byzantine=${byzantine}; they must be equal`,
    )
  }
  const outside = list.find((peer) => !Number.isInteger(peer) || peer < 0 || peer >= n)
  if (outside !== undefined) throw new RangeError(`placement ${shown} needs peers 0 to ${n - 1}, got ${outside}`)
  const twice = list.find((peer, i) => list.indexOf(peer) !== i)
  if (twice !== undefined) throw new RangeError(`placement ${shown} names peer ${twice} twice`)
  return ascending(list)
}

function highest(scores: readonly number[], count: number): number[] {
  const order = scores.map((_, i) => i)
  // Sums of path shares differ in the last bits between symmetric peers; they still count as ties.
  const rounded = scores.map((score) => Math.round(score * 1e6))
  return order.sort((a, b) => rounded[b]! - rounded[a]! || a - b).slice(0, count)
}

function farthestFirst(neighbours: Neighbours, count: number): number[] {
  let nearest = neighbours.map((_, i) => Math.max(...distancesFrom(neighbours, i)))
  const taken: number[] = []
  while (taken.length < count) {
    const next = nearest.indexOf(Math.max(...nearest))
    const distances = distancesFrom(neighbours, next)
    nearest = nearest.map((distance, i) => (taken.length === 0 ? distances[i]! : Math.min(distance, distances[i]!)))
    taken.push(next)
  }
  return taken
}

function eclipse(neighbours: Neighbours, byzantine: number): number[] {
  const victim = neighbours.findIndex((list) => list.length === byzantine)
  if (victim < 0) {
    const degrees = ascending(new Set(neighbours.map((list) => list.length)))
    throw new RangeError(
      `placement eclipse needs byzantine equal to the degree of a peer: ${degrees.join(' or ')}, got ${byzantine}`,
    )
  }
  return [...neighbours[victim]!]
}
