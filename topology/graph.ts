import type { Edge } from './topology.ts'

/** Index of a peer in an experiment, 0 to n - 1. */
export type PeerIndex = number

/** Neighbours of each peer (n lists), in ascending order. */
export type Neighbours = readonly (readonly number[])[]

/** Edges of a simple graph from pairs: lower index first, sorted, each once, without loops. */
export function simpleEdges(pairs: Iterable<readonly [number, number]>): Edge[] {
  const seen = new Map<string, Edge>()
  for (const [a, b] of pairs) if (a !== b) seen.set(a < b ? `${a}-${b}` : `${b}-${a}`, a < b ? [a, b] : [b, a])
  return [...seen.values()].sort(compareEdges)
}

/** Order of edges: by the lower index, then by the higher. */
export function compareEdges(a: Edge, b: Edge): number {
  return a[0] - b[0] || a[1] - b[1]
}

/** The neighbour lists of n peers; the degree of peer i is the length of list i. */
export function neighbourLists(n: number, edges: readonly Edge[]): number[][] {
  const lists: number[][] = Array.from({ length: n }, () => [])
  for (const [a, b] of edges) {
    lists[a]!.push(b)
    lists[b]!.push(a)
  }
  for (const list of lists) list.sort((a, b) => a - b)
  return lists
}

/** Hops from one peer to each peer (n); Infinity if there is no path. O(n + edges). */
export function distancesFrom(neighbours: Neighbours, source: number): number[] {
  const distances = new Array<number>(neighbours.length).fill(Infinity)
  distances[source] = 0
  const queue = [source]
  for (const peer of queue) {
    for (const next of neighbours[peer]!) {
      if (distances[next] !== Infinity) continue
      distances[next] = distances[peer]! + 1
      queue.push(next)
    }
  }
  return distances
}

/** Whether every two peers are joined by a path. A graph of no peer or one is connected. */
export function isConnected(neighbours: Neighbours): boolean {
  return neighbours.length === 0 || distancesFrom(neighbours, 0).every(Number.isFinite)
}

/** Maximum distance of two peers, in hops; Infinity if the graph is not connected. O(n (n + edges)). */
export function diameter(neighbours: Neighbours): number {
  let greatest = 0
  for (let i = 0; i < neighbours.length; i++) {
    for (const distance of distancesFrom(neighbours, i)) greatest = Math.max(greatest, distance)
  }
  return greatest
}

/**
 * Betweenness of each peer (n): over all pairs of other peers, the share of their shortest paths through the peer,
 * summed. O(n edges) time.
 *
 * Brandes 2001, "A faster algorithm for betweenness centrality", https://doi.org/10.1080/0022250X.2001.9990249,
 * Algorithm 1. Choices: undirected, so each pair counts once; not normalised.
 */
export function betweenness(neighbours: Neighbours): number[] {
  const n = neighbours.length
  const result = new Array<number>(n).fill(0)
  for (let source = 0; source < n; source++) {
    const distances = new Array<number>(n).fill(-1)
    const paths = new Array<number>(n).fill(0)
    distances[source] = 0
    paths[source] = 1
    const order = [source]
    for (const peer of order) {
      for (const next of neighbours[peer]!) {
        if (distances[next] === -1) {
          distances[next] = distances[peer]! + 1
          order.push(next)
        }
        if (distances[next] === distances[peer]! + 1) paths[next] = paths[next]! + paths[peer]!
      }
    }
    const dependency = new Array<number>(n).fill(0)
    for (const peer of order.reverse()) {
      for (const before of neighbours[peer]!) {
        if (distances[before] !== distances[peer]! - 1) continue
        dependency[before] = dependency[before]! + (paths[before]! / paths[peer]!) * (1 + dependency[peer]!)
      }
      if (peer !== source) result[peer] = result[peer]! + dependency[peer]! / 2
    }
  }
  return result
}

/** Edges among `members` (ascending), with peers renamed by their position in `members`. */
export function inducedSubgraph(edges: readonly Edge[], members: readonly number[]): Edge[] {
  const position = new Map(members.map((peer, i) => [peer, i]))
  const kept: Edge[] = []
  for (const [a, b] of edges) {
    const i = position.get(a)
    const j = position.get(b)
    if (i !== undefined && j !== undefined) kept.push([i, j])
  }
  return kept
}
