import type { PeerIndex } from '#topology/graph.ts'
import type { RejectionReason } from '../round/update.ts'
import type { RunEvent } from './events.ts'

export type Rejection = Extract<RunEvent, { type: 'update-rejected' }>

export interface RejectionLog {
  /** Records it, or counts it where its sender has had enough lines in this round. */
  add(rejection: Rejection): void
  /** The own round is over: what was only counted is recorded, one event for each sender, reason and round. */
  flush(): void
}

/** Refused updates of one sender that have a line of their own in each round; an honest one comes to two or three. */
const linesInRound = 16

/**
 * Keeps a flood from becoming a flood of events: whatever a neighbour sends, its refused updates cost a bounded number
 * of lines in each round of the peer that refuses them, and none is lost from the counts.
 */
export function createRejectionLog(record: (event: Rejection) => void): RejectionLog {
  const lines = new Map<PeerIndex, number>()
  const counted = new Map<PeerIndex, Map<RejectionReason, Rejection & { readonly count: number }>>()
  return {
    add(rejection) {
      const { from, reason } = rejection
      const before = lines.get(from) ?? 0
      lines.set(from, before + 1)
      if (before < linesInRound) return record(rejection)
      const reasons = counted.get(from) ?? new Map<RejectionReason, Rejection & { readonly count: number }>()
      counted.set(from, reasons)
      reasons.set(reason, { ...rejection, count: (reasons.get(reason)?.count ?? 0) + 1 })
    },
    flush() {
      for (const reasons of counted.values()) for (const rejection of reasons.values()) record(rejection)
      counted.clear()
      lines.clear()
    },
  }
}
