import { type ByteStream, frameBytes } from '#protocol/network/byte-stream.ts'
import type { SeatRefusal } from '#protocol/record/events.ts'
import { encodeCoordinatorMessage, type PeerMessage } from '#protocol/wire/control.ts'
import type { TurnedAwayBook } from './admission-log.ts'
import type { CoordinatorOptions } from './options.ts'
import { printable } from './printable.ts'
import { createReportLimits } from './report-limits.ts'
import { isGuest, maxMessages, type Seat, type Seats, seatFor } from './seats.ts'

/**
 * seating: peers take seats. wiring: all peers have an assignment and connect to their neighbours. running: round 0 has
 * begun. If a guest loses its seat, wiring returns to seating. Every phase may end in over.
 */
export type Phase = 'seating' | 'wiring' | 'running' | 'over'

/** Gives a free seat to the peer that sent this hello, or refuses it and returns undefined. */
export type Admit = (
  phase: Phase,
  hello: Extract<PeerMessage, { type: 'hello' }>,
  stream: ByteStream,
  remote: string,
) => Seat | undefined

export function createAdmission(
  { experiment, plan, seating }: Pick<CoordinatorOptions, 'experiment' | 'plan' | 'seating'>,
  seats: Seats,
  book: TurnedAwayBook,
): Admit {
  let arrivals = 0
  return (phase, hello, stream, remote) => {
    const refuse = (reason: string, code: SeatRefusal): undefined => {
      if (seating.kind === 'open' && (phase === 'seating' || phase === 'wiring')) book.refused(code)
      stream.send(frameBytes(encodeCoordinatorMessage({ type: 'refused', reason })))
      return undefined
    }
    if (hello.peerId !== remote) return refuse('the peer id in hello is not that of the connection', 'wrong-id')
    if (phase === 'over') return refuse('the run is over', 'no-seat')
    if (phase !== 'seating') return refuse('the run has begun', 'no-seat')
    if (seats.of(remote)) return refuse('this peer has a seat', 'seated-already')
    const index = seatFor(seating, hello.token, plan.n, (seat) => seats.at(seat) !== undefined)
    if (typeof index === 'string') return refuse('the token is not known here, or all seats are taken', index)
    if (book.barred(remote)) return refuse('this peer has lost its seat too often', 'repeat-offender')
    const seat: Seat = {
      index,
      peerId: remote,
      kind: hello.kind,
      addresses: hello.addresses,
      stream,
      reportLimits: createReportLimits(index, plan.n, experiment.rounds.count),
      engine: printable(hello.engine),
      ready: false,
      stopped: false,
      heardMs: performance.now(),
      guest: isGuest(seating, index),
      arrival: arrivals++,
      allowance: maxMessages,
      unanswered: 0,
    }
    seats.take(seat)
    return seat
  }
}
