import type { SeatRefusal } from '#protocol/record/events.ts'
import type { PeerMessage } from '#protocol/wire/control.ts'
import type { TurnedAwayBook } from './admission-log.ts'
import { assignmentOf } from './assignment.ts'
import { patienceFor, verdictOf } from './eviction.ts'
import type { CoordinatorOptions } from './options.ts'
import { printable, seconds } from './printable.ts'
import { farewellMs, type Seat, type Seats, tell } from './seats.ts'

/** The time from the assignments until all peers are ready. */
export interface Wiring {
  /** Sends every seat a new assignment, which replaces any earlier one. From now on guests are asked for progress. */
  assign(): void
  /** Handles a seated peer's report on its wiring. Ignores a report on an earlier assignment. */
  hear(seat: Seat, report: WiringReport): void
  /** Frees these seats and tells all peers. The other peers keep their seats and wait for a new assignment. */
  unseat(lost: ReadonlyMap<Seat, SeatRefusal>, detail: string): void
  /** Stops the progress requests. */
  end(): void
}

export type WiringReport = Extract<PeerMessage, { type: 'ready' | 'failed-edges' | 'so-far' }>

/** Callbacks for the outcome of wiring. */
export interface WiringEnds {
  /** All peers are ready. */
  ready(): void
  /** A guest's edges failed. */
  failed(guest: Seat, detail: string): void
  /** The edges of a launched peer failed: the swarm cannot be wired. */
  broke(failure: string): void
  /** These guests keep the others from starting. */
  evict(guests: ReadonlyMap<Seat, SeatRefusal>, detail: string): void
}

/** Maximum number of failed edges that a message names. */
const edgesNamed = 8

export function createWiring(
  options: Pick<
    CoordinatorOptions,
    'experiment' | 'experimentId' | 'plan' | 'seating' | 'dataUrlOf' | 'addressesOf' | 'batchSeed' | 'say' | 'patience'
  >,
  seats: Seats,
  book: TurnedAwayBook,
  ends: WiringEnds,
): Wiring {
  const { experiment, experimentId, plan } = options
  const patience = options.patience ?? patienceFor(plan)
  let assignedMs = 0
  /** Number of the current assignment, from 0. */
  let seating = -1
  let asking: NodeJS.Timeout | undefined

  /** Evicts guests that prevent the start. If there are none, asks the peers that are not ready for their progress. */
  const askForProgress = (): void => {
    const sinceMs = performance.now() - assignedMs
    const standings = seats.all().map(({ index, peerId, guest, ready, missing, arrival, unanswered }) => ({
      peer: index,
      guest,
      ready,
      missing,
      degree: plan.neighbours[index]?.length ?? 0,
      suspicion: book.suspicion(peerId),
      arrival,
      unanswered,
    }))
    const { lost, suspected, broken } = verdictOf(standings, sinceMs, patience)
    for (const peer of suspected) book.suspect(seats.at(peer)?.peerId ?? '')
    for (const peer of broken) options.say?.(`peer ${peer}, which runs here, has no link to most of its neighbours`)
    const evicted = seats.all().flatMap((seat) => {
      const reason = lost.get(seat.index)
      return reason === undefined ? [] : [[seat, reason] as const]
    })
    if (evicted.length > 0) return ends.evict(new Map(evicted), `not ready ${seconds(sinceMs)} after the assignment`)
    for (const seat of seats.all()) {
      if (seat.ready) continue
      seat.allowance += 1
      seat.unanswered += 1
      tell(seat, { type: 'how-far' })
    }
  }

  return {
    assign() {
      assignedMs = performance.now()
      seating += 1
      const all = seats.all()
      const roster = all.map(({ index, peerId, addresses }) => ({
        index,
        peerId,
        addresses: [...(options.addressesOf?.(peerId) ?? addresses)],
      }))
      for (const seat of all) {
        if (options.batchSeed) seat.batchSeed = options.batchSeed()
        seat.unanswered = 0
        seat.allowance += 2
        const own = { dataUrl: options.dataUrlOf?.(seat.index), batchSeed: seat.batchSeed }
        tell(seat, assignmentOf({ experiment, experimentId, plan, roster, seating }, seat.index, own))
      }
      if (options.seating.kind === 'open') asking = setInterval(askForProgress, patience.askMs)
    },
    hear(seat, report) {
      if ((report.seating ?? 0) !== seating) return
      switch (report.type) {
        case 'ready':
          seat.ready = true
          seat.engine = printable(report.engine)
          if (seats.all().every(({ ready }) => ready)) ends.ready()
          return
        case 'failed-edges': {
          const named = namesOf(seat, report.edges)
          if (seat.guest) ends.failed(seat, `no edge ${named}`)
          else ends.broke(`edges that could not be wired: ${named}`)
          return
        }
        case 'so-far':
          seat.unanswered = 0
          // A peer may report only on its own edges.
          seat.missing = report.missing.filter((peer) => plan.neighbours[seat.index]?.includes(peer))
      }
    },
    unseat(lost, detail) {
      clearInterval(asking)
      for (const [seat, reason] of lost) {
        seats.free(seat)
        tell(seat, { type: 'refused', reason: `you have lost your seat: ${reason}` })
        setTimeout(() => seat.stream.abort(new Error('without a seat')), farewellMs)
        book.lost(seat.index, seat.peerId, reason, detail)
      }
      const freed = [...lost.keys()].map(({ index }) => index).join(', ')
      for (const seat of seats.all()) {
        seat.ready = false
        delete seat.missing
        tell(seat, { type: 'reseating', reason: `free again: ${freed}` })
      }
    },
    end: () => clearInterval(asking),
  }
}

/** The first failed edges of a report in words, and how many more there are. */
function namesOf(seat: Seat, failed: Extract<WiringReport, { type: 'failed-edges' }>['edges']): string {
  const edges = failed.slice(0, edgesNamed).map(({ peer, detail }) => `${seat.index}-${peer} (${printable(detail)})`)
  const others = failed.length - edges.length
  return `${edges.join(', ')}${others > 0 ? ` and ${others} more` : ''}`
}
