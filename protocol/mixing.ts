import type { Neighbours } from './graph.ts'
import { neighbourLists } from './graph.ts'
import type { Edge } from './topologies/topology.ts'

/** A peer's row of the mixing matrix, over its closed neighbourhood. */
export interface MixingRow {
  readonly peer: number
  /** The peer and its neighbours (K), ascending. */
  readonly members: readonly number[]
  /** Weight of each member (K), in the order of `members`; they sum to 1. */
  readonly weights: readonly number[]
}

/**
 * Metropolis-Hastings weights of one peer: W_ij = 1 / (1 + max(d_i, d_j)) for neighbours, the rest to itself.
 * The matrix is symmetric and doubly stochastic on every graph, and each peer knows its row from its
 * neighbours' degrees alone.
 *
 * Xiao, Boyd and Kim 2007, https://doi.org/10.1016/j.jpdc.2006.08.010, equation (8).
 * Choices: the degree does not count the peer itself.
 */
export function mixingRow(neighbours: Neighbours, peer: number): MixingRow {
  const own = neighbours[peer]!
  const members = [...own, peer].sort((a, b) => a - b)
  let rest = 1
  const weights = members.map((other) => {
    if (other === peer) return 0
    const weight = 1 / (1 + Math.max(own.length, neighbours[other]!.length))
    rest -= weight
    return weight
  })
  // Where no neighbour has more neighbours, the rest is such a weight too, and must be to the last bit: peers of a
  // complete graph average the same vectors to the same sum.
  const highest = own.every((other) => neighbours[other]!.length <= own.length)
  weights[members.indexOf(peer)] = highest ? 1 / (1 + own.length) : rest
  return { peer, members, weights }
}

/** The row without some neighbours, whose weight goes to the peer itself; what is not in the row is ignored. */
export function withMissing(row: MixingRow, missing: readonly number[]): MixingRow {
  if (missing.includes(row.peer)) throw new RangeError(`mixing row of peer ${row.peer} cannot miss that peer itself`)
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

/** The whole mixing matrix (n x n), row i from `mixingRow`. */
export function mixingMatrix(n: number, edges: readonly Edge[]): number[][] {
  const neighbours = neighbourLists(n, edges)
  return neighbours.map((_, i) => {
    const dense = new Array<number>(n).fill(0)
    const { members, weights } = mixingRow(neighbours, i)
    members.forEach((member, k) => {
      dense[member] = weights[k]!
    })
    return dense
  })
}
