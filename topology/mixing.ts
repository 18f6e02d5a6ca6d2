import type { Neighbours } from './graph.ts'
import { neighbourLists } from './graph.ts'
import type { Edge } from './topology.ts'

/** A peer's row of the mixing matrix, over its closed neighbourhood. */
export interface MixingRow {
  readonly peer: number
  /** The peer and its neighbours (K), ascending. */
  readonly members: readonly number[]
  /** Weight of each member (K), in the order of `members`; they sum to 1. */
  readonly weights: readonly number[]
}

/** Schemes that derive the weights from the graph alone. */
export type WeightScheme = 'metropolis-hastings' | 'maximum-degree' | 'uniform'
/** Symmetric weights of edges by both ends: `weights[i].get(j)`. The rest to 1 is the peer's own weight. */
export type EdgeWeights = readonly ReadonlyMap<number, number>[]
/** How a graph weighs its edges. */
export type Weighting = WeightScheme | EdgeWeights

/**
 * A peer's row of the mixing matrix. d_i is the degree of peer i, without itself.
 *
 * `metropolis-hastings`: W_ij = 1 / (1 + max(d_i, d_j)), the rest to itself. Symmetric and doubly stochastic on every
 * graph; each peer derives its row from its own degree and those of its neighbours. Xiao, Boyd and Kim 2007,
 * https://doi.org/10.1016/j.jpdc.2006.08.010, equation (8).
 * `maximum-degree`: W_ij = 1 / (1 + max over the graph), the rest to itself. Doubly stochastic; Xiao and Boyd 2004,
 * https://doi.org/10.1016/j.sysconle.2004.02.022, section 4.1.
 * `uniform`: W_ij = 1 / (1 + d_i), the same for itself. Only row-stochastic if degrees differ: peers then converge to
 * the mean weighted by 1 + d_i instead of the plain mean.
 *
 * Throws RangeError if edge weights leave a peer a negative weight.
 */
export function mixingRow(
  neighbours: Neighbours,
  peer: number,
  weighting: Weighting = 'metropolis-hastings',
): MixingRow {
  return rowOf(neighbours, peer, weigher(neighbours, weighting))
}

/** Every peer's row (n). */
export function mixingRows(neighbours: Neighbours, weighting: Weighting = 'metropolis-hastings'): MixingRow[] {
  const weigh = weigher(neighbours, weighting)
  return neighbours.map((_, peer) => rowOf(neighbours, peer, weigh))
}

interface Weigher {
  weight(peer: number, other: number): number
  /** The peer's own weight if it is known to the last bit; otherwise the rest to 1. */
  own(peer: number): number | undefined
}

function weigher(neighbours: Neighbours, weighting: Weighting): Weigher {
  const degree = (peer: number): number => neighbours[peer]!.length
  if (weighting === 'uniform') {
    return { weight: (peer) => 1 / (1 + degree(peer)), own: (peer) => 1 / (1 + degree(peer)) }
  }
  if (weighting === 'maximum-degree') {
    const max = neighbours.reduce((max, list) => Math.max(max, list.length), 0)
    return { weight: () => 1 / (1 + max), own: (peer) => (degree(peer) === max ? 1 / (1 + max) : undefined) }
  }
  if (weighting === 'metropolis-hastings') {
    return {
      weight: (peer, other) => 1 / (1 + Math.max(degree(peer), degree(other))),
      // If no neighbour has a higher degree, the rest is such a weight too. It must be equal to the last bit, so that
      // peers of a complete graph average the same vectors to the same sum.
      own: (peer) =>
        neighbours[peer]!.every((other) => degree(other) <= degree(peer)) ? 1 / (1 + degree(peer)) : undefined,
    }
  }
  return { weight: (peer, other) => weighting[peer]!.get(other)!, own: () => undefined }
}

function rowOf(neighbours: Neighbours, peer: number, { weight, own }: Weigher): MixingRow {
  const members = [...neighbours[peer]!, peer].sort((a, b) => a - b)
  let rest = 1
  const weights = members.map((other) => {
    if (other === peer) return 0
    const share = weight(peer, other)
    rest -= share
    return share
  })
  if (rest < -1e-9) {
    throw new RangeError(
      `the weights of peer ${peer}'s edges must sum to at most 1, got ${Number((1 - rest).toFixed(6))}`,
    )
  }
  weights[members.indexOf(peer)] = own(peer) ?? Math.max(0, rest)
  return { peer, members, weights }
}

/** Weights of edges, given in the order of the edges, as a table by both ends. */
export function edgeWeights(n: number, edges: readonly Edge[], weights: readonly number[]): EdgeWeights {
  const table = Array.from({ length: n }, () => new Map<number, number>())
  edges.forEach(([a, b], k) => {
    table[a]!.set(b, weights[k]!)
    table[b]!.set(a, weights[k]!)
  })
  return table
}

/** The row without some neighbours; their weight goes to the peer itself. Peers outside the row are ignored. */
export function withMissing(row: MixingRow, missing: readonly number[]): MixingRow {
  if (missing.includes(row.peer))
    throw new RangeError(`mixing row of peer ${row.peer} must keep peer ${row.peer}: it is among the missing`)
  if (!missing.some((peer) => row.members.includes(peer))) return row
  const members: number[] = []
  const weights: number[] = []
  let rest = 1
  row.members.forEach((member, k) => {
    if (missing.includes(member)) return
    members.push(member)
    weights.push(row.weights[k]!)
    if (member !== row.peer) rest -= row.weights[k]!
  })
  weights[members.indexOf(row.peer)] = rest
  return { peer: row.peer, members, weights }
}

/** The whole mixing matrix (n x n); row i is that of `mixingRow`. */
export function mixingMatrix(n: number, edges: readonly Edge[], weighting?: Weighting): number[][] {
  return denseMatrix(mixingRows(neighbourLists(n, edges), weighting))
}

/** The matrix (n x n) of rows over closed neighbourhoods. */
export function denseMatrix(rows: readonly MixingRow[]): number[][] {
  return rows.map(({ members, weights }) => {
    const dense = new Array<number>(rows.length).fill(0)
    members.forEach((member, k) => {
      dense[member] = weights[k]!
    })
    return dense
  })
}
