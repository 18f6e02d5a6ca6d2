import type { PeerIndex } from '#topology/graph.ts'

/** The share of each peer's model in a model after several merges, over one period. */
export interface ModelShares {
  /** Starts a period: the model is entirely the peer's own. */
  begin(): void
  /** Adds a merge of these members (the peer itself included) with these shares. */
  count(members: readonly PeerIndex[], influence: readonly number[]): void
  /** All members with their shares, and the other peers merged in this period (`accepted`); ascending. */
  soFar(): {
    readonly members: readonly PeerIndex[]
    readonly influence: readonly number[]
    readonly accepted: readonly PeerIndex[]
  }
}

export function createModelShares(self: PeerIndex): ModelShares {
  let shares = new Map<PeerIndex, number>([[self, 1]])
  let accepted = new Set<PeerIndex>()
  return {
    begin() {
      shares = new Map([[self, 1]])
      accepted = new Set()
    },
    count(members, influence) {
      const kept = influence[members.indexOf(self)] ?? 0
      shares = new Map([...shares].map(([peer, share]) => [peer, share * kept]))
      members.forEach((peer, k) => {
        if (peer === self) return
        shares.set(peer, (shares.get(peer) ?? 0) + (influence[k] as number))
        accepted.add(peer)
      })
    },
    soFar() {
      const members = [...shares.keys()].sort((a, b) => a - b)
      return {
        members,
        influence: members.map((member) => shares.get(member) ?? 0),
        accepted: [...accepted].sort((a, b) => a - b),
      }
    },
  }
}
