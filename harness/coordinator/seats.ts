import { type ByteStream, frameBytes } from '#protocol/network/byte-stream.ts'
import { type CoordinatorMessage, encodeCoordinatorMessage } from '#protocol/wire/control.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { ReportLimits } from './report-limits.ts'

/**
 * Who may take which seat. Launched peers have a token each; volunteers share one and sit down as they come, on the
 * seats that are not reserved for peers that the host launches.
 */
export type Seating =
  | { readonly kind: 'launched'; readonly seatOf: ReadonlyMap<string, number> }
  | { readonly kind: 'open'; readonly token: string; readonly reserved?: ReadonlyMap<string, number> }

/** A taken seat, as its coordinator knows it. */
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
  /** Why it is gone, in the best words so far: its process or tab says more than the end of its connection. */
  farewell?: string
  /** When the coordinator last received something from it, milliseconds of `performance.now()`. */
  heardMs: number
  /** Whether it may lose its seat before the start: launched peers may not. */
  readonly guest: boolean
  /** Counts the peers that sat down, in order. */
  readonly arrival: number
  /** Messages that it may send. */
  allowance: number
  /** Progress requests unanswered since its last reply. */
  unanswered: number
  /** Neighbours to whom it lacked an edge at its last reply; undefined before the first. */
  missing?: readonly PeerIndex[]
  batchSeed?: number
}

/** Messages that a peer may send: hello, ready or failed-edges, leave; and an answer to each progress request. */
export const maxMessages = 8
/** A peer whose control stream ends has this long to have its last events arrive. */
export const farewellMs = 1500

/** The taken seats of a run, by index and by peer id. */
export interface Seats {
  all(): readonly Seat[]
  count(): number
  at(index: PeerIndex): Seat | undefined
  of(peerId: string): Seat | undefined
  /** Whether this seat is still the one at its index. */
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
 * The seat that a token admits to; the first free one for a volunteer. `unknown-token`: the token admits to no seat;
 * `no-seat`: none of its seats is free.
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

/** Whether a seat is a volunteer's. */
export function isGuest(seating: Seating, seat: PeerIndex): boolean {
  return seating.kind === 'open' && ![...(seating.reserved?.values() ?? [])].includes(seat)
}

/** Sends a message to the peer of a seat, if it is still there. */
export function tell(seat: Seat, message: CoordinatorMessage): void {
  try {
    seat.stream.send(frameBytes(encodeCoordinatorMessage(message)))
  } catch {
    // The peer is gone; the coordinator sees the end of its stream.
  }
}
