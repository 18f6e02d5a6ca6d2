import type { RunEvent } from '#protocol/record/events.ts'

/** Limits on the reports of one peer: their size, and the peers and rounds that they name. */
export interface ReportLimits {
  /** Counts the bytes of a batch. Returns false once the peer has sent more than its limit. */
  admitsBytes(bytes: number): boolean
  /** Whether an event may enter the log. */
  admits(event: RunEvent): boolean
}

const minBytes = 4 * 1024 * 1024
/** Limit for the events of one round; those of an honest peer take a tenth of it. */
const bytesInRound = 16 * 1024
const bytesOfPeer = 8 * 1024

/** Limits for peer `index` of n. A Byzantine peer must neither fill the disk nor break the report. */
export function createReportLimits(index: number, n: number, rounds: number): ReportLimits {
  const most = minBytes + rounds * (bytesInRound + bytesOfPeer * n)
  let heard = 0
  let stopped = false
  return {
    admitsBytes(bytes) {
      heard += bytes
      return heard <= most
    },
    admits(event) {
      // A peer reports only on itself, and stops only once.
      if (event.peer !== index || event.round >= rounds || peersIn(event).some((peer) => peer >= n)) return false
      if (event.type === 'rounds-skipped' && event.to >= rounds) return false
      if (event.type !== 'stopped') return true
      const first = !stopped
      stopped = true
      return first
    },
  }
}

function peersIn(event: RunEvent): readonly number[] {
  switch (event.type) {
    case 'round-closed':
      return [...event.accepted, ...event.missing, ...event.influence.map(([peer]) => peer)]
    case 'evaluated':
      return event.sketches?.received.map(([peer]) => peer) ?? []
    case 'update-rejected':
    case 'attack-overtaken':
      return [event.from]
    case 'neighbour-absent':
    case 'neighbour-returned':
      return [event.neighbour]
    case 'attack-crafted':
      return [
        ...(event.victim === undefined ? [] : [event.victim]),
        ...(event.present ?? []),
        ...(event.heard?.peers ?? []),
      ]
    case 'equivocation-proved':
      return [event.accused]
    default:
      return []
  }
}
