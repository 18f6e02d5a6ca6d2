import type { PeerIndex } from '#topology/graph.ts'
import type { Sealed } from './seal.ts'

/** Updates that a peer holds to hand on, and to know what it has seen: the last two rounds of each sender. */
export interface UpdateStore {
  put(update: Sealed): void
  get(round: number, sender: PeerIndex): Sealed | undefined
}

/** Memory: two vectors for each of the senders that the transport admits. */
export function createUpdateStore(): UpdateStore {
  const bySender = new Map<PeerIndex, Sealed[]>()
  return {
    put(update) {
      const kept = bySender.get(update.header.sender) ?? []
      bySender.set(update.header.sender, [...kept, update].slice(-2))
    },
    get(round, sender) {
      return bySender.get(sender)?.find(({ header }) => header.round === round)
    },
  }
}
