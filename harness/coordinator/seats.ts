import { type ByteStream, frameBytes } from '#protocol/network/byte-stream.ts'
import { type CoordinatorMessage, encodeCoordinatorMessage } from '#protocol/wire/control.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { ReportLimits } from './report-limits.ts'

/**
 * The rules for taking seats. `launched`: each peer has a token for its own seat. `open`: volunteers share one token
 * and take the free seats in order; `reserved` seats belong to peers that the host launches.
 */
export type Seating =
  | { readonly kind: 'launched'; readonly seatOf: ReadonlyMap<string, number> }
  | { readonly kind: 'open'; readonly token: string; readonly reserved?: ReadonlyMap<string, number> }

/** The coordinator's record of a taken seat. */
export interface Seat {
  readonly index: PeerIndex
  readonly peerId: string
  readonly kind: 'tab' | 'process'
  readonly addresses: readonly string[]
  readonly stream: ByteStream
  readonly reportLimits: ReportLimits
  engine: string
  ready: boolean
  stopped: boolean
  /** The best explanation so far of why the peer is gone: its process or tab says more than its connection. */
  farewell?: string
  /** Time of the last message or event from it, in milliseconds of `performance.now()`. */
  heardMs: number
  /** Whether it may lose its seat before the start: launched peers may not. */
  readonly guest: boolean
  /** Number of peers that took a seat before it. */
  readonly arrival: number
  /** Maximum number of messages that it may send. */
  allowance: number
  /** Progress requests unanswered since its last reply. */
  unanswered: number
  /** Neighbours to which it had no edge at its last reply; undefined before the first reply. */
  missing?: readonly PeerIndex[]
  batchSeed?: number
}

/** Messages that a peer may send without being asked: hello, ready or failed-edges, leave. */
export const maxMessages = 8
/** After the end of a peer's control stream, its last events may arrive for this long. */
export const farewellMs = 1500

/** The taken seats of a run, by index and by peer id. */
export interface Seats {
  all(): readonly Seat[]
  count(): number
  at(index: PeerIndex): Seat | undefined
  of(peerId: string): Seat | undefined
  /** Whether this seat is still taken by the same peer. */
  has(seat: Seat): boolean
  take(seat: Seat): void
  free(seat: Seat): void
}

export function createSeats(): Seats {
  const byIndex = new Map<PeerIndex, Seat>()
  const byPeerId = new Map<string, Seat>()
  return {
    all: () => [...byIndex.values()],
    count: () => byIndex.size,
    at: (index) => byIndex.get(index),
    of: (peerId) => byPeerId.get(peerId),
    has: (seat) => byIndex.get(seat.index) === seat,
    take(seat) {
      byIndex.set(seat.index, seat)
      byPeerId.set(seat.peerId, seat)
    },
    free(seat) {
      byIndex.delete(seat.index)
      byPeerId.delete(seat.peerId)
    },
  }
}

/**
 * The seat for the holder of a token; for a volunteer, the first free seat. `unknown-token`: the token belongs to no
 * seat. `no-seat`: its seats are taken.
 */
export function seatFor(
  seating: Seating,
  token: string,
  n: number,
  taken: (seat: PeerIndex) => boolean,
): PeerIndex | 'unknown-token' | 'no-seat' {
  const free = (seat: PeerIndex): PeerIndex | 'no-seat' => (taken(seat) ? 'no-seat' : seat)
  if (seating.kind === 'launched') {
    const seat = seating.seatOf.get(token)
    return seat === undefined ? 'unknown-token' : free(seat)
  }
  const own = seating.reserved?.get(token)
  if (own !== undefined) return free(own)
  if (token !== seating.token) return 'unknown-token'
  for (let seat = 0; seat < n; seat++) if (!taken(seat) && isGuest(seating, seat)) return seat
  return 'no-seat'
}

/** Whether a seat is for a volunteer. */
export function isGuest(seating: Seating, seat: PeerIndex): boolean {
  return seating.kind === 'open' && ![...(seating.reserved?.values() ?? [])].includes(seat)
}

/** Sends a message to the peer in a seat, if it is still connected. */
export function tell(seat: Seat, message: CoordinatorMessage): void {
  try {
    seat.stream.send(frameBytes(encodeCoordinatorMessage(message)))
  } catch {
    // The peer is gone; the coordinator sees the end of its stream.
  }
}
