import type { PeerIndex } from '#topology/graph.ts'

/**
 * Where peers wait for each other between two rounds, after those that are `held`. They go on within the same instant, in
 * the order of their indices, whether all came or not: a meeting takes no time. Where no update is missing the order
 * within an instant changes no result.
 */
export function createBarrier(n: number, held: (round: number) => boolean) {
  const present = new Map<PeerIndex, { readonly round: number; readonly go: () => void }>()
  return {
    arrive(peer: PeerIndex, round: number, go: () => void): void {
      if (held(round)) present.set(peer, { round, go })
      else go()
    },
    /** The round that all have closed; undefined while some are missing. */
    complete(): number | undefined {
      const [round, ...others] = new Set([...present.values()].map((one) => one.round))
      return present.size === n && others.length === 0 ? round : undefined
    },
    /** Lets those who are there go on; false where nobody is. */
    end(): boolean {
      const going = [...present].sort(([a], [b]) => a - b)
      present.clear()
      for (const [, { go }] of going) go()
      return going.length > 0
    },
  }
}
