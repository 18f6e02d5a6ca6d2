import type { HeardVector } from '#attacks/attack.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Update } from '../round/update.ts'

/** Vectors of a few rounds, by round and peer. */
export interface RoundVectors {
  put(update: Update): void
  /** Notes that a round has no vector. */
  leaveEmpty(round: number): void
  /** Whether `put` or `leaveEmpty` was called for a round. */
  has(round: number): boolean
  get(round: number, peer: PeerIndex): Float32Array | undefined
  /** Number of vectors of a round. */
  count(round: number): number
  /** Peers with a vector in a round, ascending. */
  peers(round: number): readonly PeerIndex[]
  /** The vectors of `peers` in that order, without missing ones. */
  chosen(round: number, peers: readonly PeerIndex[]): HeardVector[]
  /** Drops every round that is at least three before `newest`. */
  forget(newest: number): void
  entries(): Map<number, Map<PeerIndex, Float32Array>>
  restore(entries: ReadonlyMap<number, ReadonlyMap<PeerIndex, Float32Array>>): void
}

const keptRounds = 3

export function createRoundVectors(): RoundVectors {
  const rounds = new Map<number, Map<PeerIndex, Float32Array>>()
  const open = (round: number): Map<PeerIndex, Float32Array> => {
    const vectors = rounds.get(round) ?? new Map<PeerIndex, Float32Array>()
    rounds.set(round, vectors)
    return vectors
  }
  return {
    put: ({ round, sender, vector }) => void open(round).set(sender, vector),
    leaveEmpty: (round) => void rounds.set(round, new Map()),
    has: (round) => rounds.has(round),
    get: (round, peer) => rounds.get(round)?.get(peer),
    count: (round) => rounds.get(round)?.size ?? 0,
    peers: (round) => [...(rounds.get(round)?.keys() ?? [])].sort((a, b) => a - b),
    chosen: (round, peers) =>
      peers.flatMap((peer) => {
        const vector = rounds.get(round)?.get(peer)
        return vector ? [{ peer, vector }] : []
      }),
    forget(newest) {
      for (const old of rounds.keys()) if (old <= newest - keptRounds) rounds.delete(old)
    },
    entries: () => new Map([...rounds].map(([round, vectors]) => [round, new Map(vectors)])),
    restore(entries) {
      for (const [round, vectors] of entries) rounds.set(round, new Map(vectors))
    },
  }
}
