import type { PeerIndex } from '#topology/graph.ts'

/**
 * A barrier between two rounds: peers wait for each other after every round that is `held`. `end` lets all waiting
 * peers go on at the same instant, in the order of their indices, even if some are missing. The barrier takes no
 * virtual time. If no update is missing, the order within an instant changes no result.
 */
export function createBarrier(n: number, held: (round: number) => boolean) {
  const present = new Map<PeerIndex, { readonly round: number; readonly go: () => void }>()
  return {
    arrive(peer: PeerIndex, round: number, go: () => void): void {
      if (held(round)) present.set(peer, { round, go })
      else go()
    },
    /** The round that all peers have closed; undefined while some are missing. */
    complete(): number | undefined {
      const [round, ...others] = new Set([...present.values()].map((one) => one.round))
      return present.size === n && others.length === 0 ? round : undefined
    },
    /** Lets the waiting peers go on. Returns false if none waits. */
    end(): boolean {
      const going = [...present].sort(([a], [b]) => a - b)
      present.clear()
      for (const [, { go }] of going) go()
      return going.length > 0
    },
  }
}
