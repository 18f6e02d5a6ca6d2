import type { PeerIndex } from '#topology/graph.ts'
import type { Sealed } from './seal.ts'

/** The last two updates of each sender. A peer answers pulls from them and detects duplicates with them. */
export interface UpdateStore {
  put(update: Sealed): void
  get(round: number, sender: PeerIndex): Sealed | undefined
}

/** Memory: two vectors for each sender that the transport admits. */
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
