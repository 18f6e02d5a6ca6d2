import type { RunEvent } from '#protocol/record/events.ts'

/** What one peer reports on itself: bounded, and only of peers and rounds that there are. */
export interface ReportLimits {
  /** Takes the size of a batch, bytes; false once the peer has said more than it can have to say. */
  admitsBytes(bytes: number): boolean
  /** Whether an event may enter the log. */
  admits(event: RunEvent): boolean
}

const minBytes = 4 * 1024 * 1024
/** A round, its evaluation, what was lost, returned and refused: an honest peer's take a tenth of that. */
const bytesInRound = 16 * 1024
const bytesOfPeer = 8 * 1024

/** What peer `index` of an experiment of n peers may report. A hostile one must neither fill the disk nor break reports. */
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
      // A peer reports on itself alone, and stops once.
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
