import { randomStream } from '#learning/random.ts'
import { neighbourLists } from '#topology/graph.ts'
import { edgeWeights, type MixingRow, mixingRows } from '#topology/mixing.ts'
import { place } from '#topology/placement/placement.ts'
import { topologies } from '#topology/registry.ts'
import type { Edge, Repetition } from '#topology/topology.ts'
import type { Experiment } from '../experiment/schema.ts'

/** The graph of one round. */
export interface RoundGraph {
  /** Each once, lower index first, sorted. */
  readonly edges: readonly Edge[]
  /** Neighbours of each peer (n lists), ascending. */
  readonly neighbours: readonly (readonly number[])[]
  /** Mixing weights of each peer (n rows), over its closed neighbourhood. */
  readonly rows: readonly MixingRow[]
}

/** The graph of an experiment, and its Byzantine peers. Only the harness and Byzantine peers may know `byzantine`. */
export interface Overlay extends Repetition {
  readonly n: number
  /** The edges of all rounds together, which a swarm connects; on a static graph, the edges of every round. */
  readonly edges: readonly Edge[]
  /** Neighbours of each peer in any round (n lists), ascending. */
  readonly neighbours: readonly (readonly number[])[]
  /** Byzantine peers, ascending. */
  readonly byzantine: readonly number[]
  /** The graph of a round, from 0. */
  at(round: number): RoundGraph
}

/** Number of graphs to keep if every round draws its own; peers are rarely further apart. */
const keptGraphs = 16

/**
 * Draws the overlay of an experiment from its seed; it is equal in every runtime. The random streams have the keys
 * `topology` (with the round, if each round draws its own graph) and `placement`. Throws RangeError if topology or
 * placement do not fit the number of peers.
 */
export function overlayOf({
  peers,
  topology,
  seed,
  rounds,
}: Pick<Experiment, 'peers' | 'topology' | 'seed'> & { readonly rounds: { readonly count: number } }): Overlay {
  const n = peers.honest + peers.byzantine
  const declaration = topologies.find(({ name }) => name === topology.name)
  if (!declaration) throw new RangeError(`there is no topology named ${topology.name}`)
  const graphSeed = ('seed' in topology ? topology.seed : undefined) ?? seed
  const repetition = declaration.repeats(topology, n)
  const { period } = repetition
  const draw = (round: number): RoundGraph => {
    const random = randomStream(graphSeed, 'topology', -1, period === 1 ? -1 : round)
    const edges = declaration.build(topology, n, random, round)
    const weighting = declaration.weigh(topology, n, edges)
    const neighbours = neighbourLists(n, edges)
    return {
      edges,
      neighbours,
      rows: mixingRows(neighbours, typeof weighting === 'string' ? weighting : edgeWeights(n, edges, weighting)),
    }
  }
  const at = remembering(draw, period)
  const union = period === 1 ? at(0) : lazily(() => unionOf(n, Math.min(period, rounds.count), at))
  const placing = randomStream(peers.placementSeed ?? seed, 'placement')
  // The union of many rounds is expensive; random placement and lists do not need it.
  const looks = typeof peers.placement === 'string' && peers.placement !== 'random' && peers.byzantine > 0
  const byzantine = place(peers.placement, n, peers.byzantine, looks ? union.edges : [], placing)
  return {
    n,
    get edges() {
      return union.edges
    },
    get neighbours() {
      return union.neighbours
    },
    byzantine,
    ...repetition,
    at,
  }
}

function remembering(draw: (round: number) => RoundGraph, period: number): (round: number) => RoundGraph {
  const known = new Map<number, RoundGraph>()
  return (round) => {
    const phase = period === Number.POSITIVE_INFINITY ? round : round % period
    const graph = known.get(phase) ?? draw(phase)
    // Keeps the last used graph at the end, so that the least recently used one is evicted.
    known.delete(phase)
    known.set(phase, graph)
    if (period === Number.POSITIVE_INFINITY && known.size > keptGraphs)
      known.delete(known.keys().next().value as number)
    return graph
  }
}

/** Neighbour lists of the first `rounds` rounds together. O(n^2) memory: a byte for each pair of peers. */
function unionOf(n: number, rounds: number, at: (round: number) => RoundGraph): number[][] {
  const joined = new Uint8Array(n * n)
  for (let round = 0; round < rounds; round++) {
    for (const [a, b] of at(round).edges) {
      joined[a * n + b] = 1
      joined[b * n + a] = 1
    }
  }
  return Array.from({ length: n }, (_, a) => {
    const list: number[] = []
    for (let b = 0; b < n; b++) if (joined[a * n + b]) list.push(b)
    return list
  })
}

/** Computes the union at its first use: for thousands of peers it is expensive and rarely needed. */
function lazily(compute: () => number[][]): Pick<RoundGraph, 'edges' | 'neighbours'> {
  let neighbours: number[][] | undefined
  let edges: Edge[] | undefined
  const lists = (): number[][] => {
    neighbours ??= compute()
    return neighbours
  }
  return {
    get neighbours() {
      return lists()
    },
    get edges() {
      edges ??= lists().flatMap((list, a) => list.flatMap((b): Edge[] => (a < b ? [[a, b]] : [])))
      return edges
    },
  }
}
