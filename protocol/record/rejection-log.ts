import type { PeerIndex } from '#topology/graph.ts'
import type { RejectionReason } from '../round/update.ts'
import type { RunEvent } from './events.ts'

export type Rejection = Extract<RunEvent, { type: 'update-rejected' }>

export interface RejectionLog {
  /** Records the rejection, or only counts it if its sender had 16 events in this round. */
  add(rejection: Rejection): void
  /** Ends the peer's own round: records the counted rejections, one event for each sender and reason. */
  flush(): void
}

/** Maximum number of events for one sender's rejected updates in a round; an honest sender causes two or three. */
const linesInRound = 16

/**
 * Bounds the events for rejected updates: a flood of updates from one sender causes a bounded number of events in each
 * round, and the counts include every rejected update.
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
