import type { PeerIndex } from './ports.ts'

/**
 * Where peers wait for each other between two rounds that a checkpoint is wanted for. They go on within the same
 * instant, in the order of their indices, whether all came or not: a meeting takes no time. Where no update is missing
 * the order within an instant changes no result.
 */
export function createMeeting(n: number, wanted: (round: number) => boolean) {
  const present = new Map<PeerIndex, { readonly round: number; readonly go: () => void }>()
  let asked = { round: -1, wanted: false }
  return {
    arrive(peer: PeerIndex, round: number, go: () => void): void {
      if (round > asked.round) asked = { round, wanted: wanted(round) }
      if (asked.wanted && asked.round === round) present.set(peer, { round, go })
      else go()
    },
    /** The round that all have closed; undefined while some are missing. */
    complete: (): number | undefined =>
      present.size === n && [...present.values()].every(({ round }) => round === asked.round) ? asked.round : undefined,
    /** Lets those who are there go on; false where nobody is. */
    end(): boolean {
      const going = [...present].sort(([a], [b]) => a - b)
      present.clear()
      for (const [, { go }] of going) go()
      return going.length > 0
    },
  }
}
