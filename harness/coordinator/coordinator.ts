import type { ByteStream } from '#protocol/network/byte-stream.ts'
import type { RosterEntry, SeatRefusal } from '#protocol/record/events.ts'
import type { PeerMessage } from '#protocol/wire/control.ts'
import { createAdmission, type Phase } from './admission.ts'
import { createTurnedAwayBook } from './admission-log.ts'
import { serveEvents, serveJoins } from './coordinator-streams.ts'
import type { CoordinatorOptions } from './options.ts'
import { printable } from './printable.ts'
import { rosterOf } from './roster.ts'
import { createRunning } from './running.ts'
import { createSeats, farewellMs, type Seat, tell } from './seats.ts'
import { createWiring } from './wiring.ts'

export interface CoordinatorResult {
  readonly outcome: 'finished' | 'broke' | 'interrupted'
  readonly failure?: string
  readonly roster: readonly RosterEntry[]
}

export interface Coordinator {
  /** Resolves when every peer has stopped or is gone, or when the swarm has broken. */
  readonly done: Promise<CoordinatorResult>
  /** Resolves when round 0 has begun. */
  readonly started: Promise<void>
  /** Asks every peer to stop and ends the run as interrupted. */
  stop(): void
  /** Ends a run before round 0 as broken; the failure names the peers that were not ready. */
  fail(reason: string): void
  /** Tells the coordinator that a launched peer is gone (its process exited, its tab crashed). */
  gone(seat: number, detail: string): void
}

/**
 * Seats peers, sends assignments, starts the run and collects the events. This file holds the transitions between the
 * phases of a run. Honest peers do not learn which peers are Byzantine: their copy of the experiment has neither the
 * attack nor the number and placement of the Byzantine peers.
 */
export async function createCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { plan, node, record } = options
  const startedAt = new Date().toISOString()
  const open = options.seating.kind === 'open'
  const seats = createSeats()
  const book = createTurnedAwayBook(
    (line) => options.say?.(line),
    () => performance.now(),
  )
  let phase: Phase = 'seating'
  let resolveDone: (result: CoordinatorResult) => void = () => {}
  let resolveStarted: () => void = () => {}
  const done = new Promise<CoordinatorResult>((resolve) => {
    resolveDone = resolve
  })
  const started = new Promise<void>((resolve) => {
    resolveStarted = resolve
  })

  const recordRoster = (): void => {
    const turnedAway = book.read()
    record({ type: 'roster', peers: rosterOf(options, seats), startedAt, ...(turnedAway ? { turnedAway } : {}) })
  }

  // seating → wiring
  const enter = (hello: Extract<PeerMessage, { type: 'hello' }>, stream: ByteStream, remote: string) => {
    const seat = admit(phase, hello, stream, remote)
    if (!seat) return undefined
    options.seated?.(seats.count())
    if (seats.count() === plan.n) {
      phase = 'wiring'
      wiring.assign()
    }
    return seat
  }

  // wiring → seating
  const reseat = (lost: ReadonlyMap<Seat, SeatRefusal>, detail: string): void => {
    phase = 'seating'
    wiring.unseat(lost, detail)
    options.seated?.(seats.count())
  }

  // wiring → running
  const begin = (): void => {
    phase = 'running'
    wiring.end()
    running.begin()
    recordRoster()
    for (const seat of seats.all()) tell(seat, { type: 'start' })
    resolveStarted()
  }

  // any → over
  const finish = (outcome: CoordinatorResult['outcome'], failure?: string): void => {
    if (phase === 'over') return
    // Every log has a roster, also if the swarm was never wired or broke before all peers had joined.
    if (phase === 'wiring' || (phase === 'seating' && outcome === 'broke')) recordRoster()
    phase = 'over'
    running.end()
    wiring.end()
    for (const seat of seats.all()) tell(seat, { type: 'stop', reason: failure ?? outcome })
    resolveDone({ outcome, roster: rosterOf(options, seats), ...(failure === undefined ? {} : { failure }) })
  }

  /** A peer left, or its connection, process or tab ended. */
  const leave = (seat: Seat, detail: string, reason: SeatRefusal = 'disconnected'): void => {
    if (!seats.has(seat)) return
    if (phase === 'wiring' && seat.guest) return reseat(new Map([[seat, reason]]), detail)
    if (open && phase === 'seating' && !seat.guest)
      return finish('broke', `peer ${seat.index} left before the start: ${printable(detail)}`)
    if (phase === 'seating') {
      seats.free(seat)
      options.seated?.(seats.count())
      return
    }
    if (phase === 'over' || seat.stopped) return
    // Its last events may still arrive, and a better explanation too.
    if (!seat.farewell) setTimeout(() => lose(seat, seat.farewell ?? detail), farewellMs)
    seat.farewell = detail
  }

  /** A peer is gone for good. Before round 0 this breaks the swarm; later the run continues without the peer. */
  const lose = (seat: Seat, detail: string): void => {
    if (phase === 'wiring' || (open && phase === 'seating'))
      finish('broke', `peer ${seat.index} left while the swarm was wired: ${printable(detail)}`)
    running.lose(seat, detail)
  }

  const hear = (message: PeerMessage, stream: ByteStream, remote: string, seat: Seat | undefined): Seat | undefined => {
    if (message.type === 'hello') return seat ?? enter(message, stream, remote)
    if (!seat) return undefined
    if (message.type === 'leave') leave(seat, printable(message.reason), 'left')
    else if (phase === 'wiring') wiring.hear(seat, message)
    return seat
  }

  /** A peer sent an invalid message, or too many. */
  const onProtocolViolation = (seat: Seat | undefined): void => {
    if (!open || phase === 'running' || phase === 'over') return
    if (seat && seats.has(seat) && phase === 'wiring' && seat.guest)
      leave(seat, 'it sent an invalid message', 'malformed')
    else book.refused('malformed')
  }

  const admit = createAdmission(options, seats, book)
  const wiring = createWiring(options, seats, book, {
    ready: begin,
    failed: (guest, detail) => leave(guest, detail, 'failed-edges'),
    broke: (failure) => finish('broke', failure),
    evict: reseat,
  })
  const running = createRunning(options, seats, finish)

  await serveJoins(node, {
    hear,
    isSeated: seats.has,
    onProtocolViolation,
    ended: (seat) => leave(seat, seat.farewell ?? 'its connection to the coordinator ended'),
  })
  await serveEvents(node, {
    seatOf: seats.of,
    tooMuch(seat) {
      options.say?.(`peer ${seat.index} exceeded its report limit; its events are no longer read`)
      lose(seat, 'it exceeded its report limit')
    },
    wants: (seat, event) => phase === 'running' && seats.has(seat) && !(event.type === 'stopped' && seat.stopped),
    take: running.take,
  })

  return {
    done,
    started,
    stop: () => finish('interrupted'),
    fail(reason) {
      const missing = plan.neighbours.map((_, index) => index).filter((index) => !seats.at(index)?.ready)
      const away = book.line()
      const turned = away === undefined ? '' : `; turned away before: ${away}`
      finish(
        'broke',
        `${reason}; ${seats.count()} of ${plan.n} peers joined, not ready: ${missing.join(', ')}${turned}`,
      )
    },
    gone(index, detail) {
      const seat = seats.at(index)
      if (seat) leave(seat, detail)
      else if (phase === 'seating') finish('broke', `peer ${index} ended before it joined: ${detail}`)
    },
  }
}
