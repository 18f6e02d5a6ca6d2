import { permutation, type Random } from '#learning/random.ts'
import type { Neighbours } from '../graph.ts'

const restarts = 20

/**
 * Places Byzantine peers so that every honest peer has about as many Byzantine neighbours. It minimises the variance of
 * that number over honest peers. Studies can then compare graphs and rules at the same number of Byzantine peers per
 * neighbourhood.
 * Choices: 20 random starts. Each start exchanges one Byzantine and one honest peer as long as this lowers the
 * variance. The first best start wins. O(restarts x byzantine x honest x degree) per pass.
 */
export function placeBalanced(neighbours: Neighbours, byzantine: number, random: Random): number[] {
  let best: number[] = []
  let min = Number.POSITIVE_INFINITY
  for (let start = 0; start < restarts && min > 0; start++) {
    const byzantinePeers = [...permutation(random, neighbours.length).subarray(0, byzantine)]
    const found = descend(neighbours, byzantinePeers)
    if (found < min) {
      min = found
      best = byzantinePeers
    }
  }
  return best.sort((a, b) => a - b)
}

/** Exchanges Byzantine and honest peers in place until no exchange lowers the variance; returns the variance. */
function descend(neighbours: Neighbours, byzantinePeers: number[]): number {
  const n = neighbours.length
  const honest = n - byzantinePeers.length
  const lies = new Uint8Array(n)
  for (const byzantinePeer of byzantinePeers) lies[byzantinePeer] = 1
  /** Byzantine neighbours of each peer, honest or not; `sum` and `squares` run over honest peers. */
  const beside = neighbours.map((list) => list.reduce((count, peer) => count + (lies[peer] as number), 0))
  let sum = 0
  let squares = 0
  const count = (peer: number, sign: 1 | -1): void => {
    const b = beside[peer] as number
    sum += sign * b
    squares += sign * b * b
  }
  for (let peer = 0; peer < n; peer++) if (!lies[peer]) count(peer, 1)

  /** Turns an honest peer into a Byzantine peer or back, and updates the counts. */
  const turn = (peer: number): void => {
    const change = lies[peer] ? -1 : 1
    count(peer, change === 1 ? -1 : 1)
    lies[peer] = change === 1 ? 1 : 0
    for (const other of neighbours[peer] as readonly number[]) {
      if (!lies[other]) count(other, -1)
      beside[other] = (beside[other] as number) + change
      if (!lies[other]) count(other, 1)
    }
  }
  // An integer: h times the sum of squares, minus the square of the sum.
  const score = (): number => honest * squares - sum * sum

  let current = score()
  for (let improved = true; improved; ) {
    improved = false
    for (let k = 0; k < byzantinePeers.length; k++) {
      for (let peer = 0; peer < n; peer++) {
        if (lies[peer]) continue
        const byzantinePeer = byzantinePeers[k] as number
        turn(byzantinePeer)
        turn(peer)
        if (score() < current) {
          current = score()
          byzantinePeers[k] = peer
          improved = true
        } else {
          turn(peer)
          turn(byzantinePeer)
        }
      }
    }
  }
  return current / (honest * honest)
}
