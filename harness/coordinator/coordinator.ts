import type { Experiment } from '#protocol/experiment/schema.ts'
import { type ByteStream, frameBytes } from '#protocol/network/byte-stream.ts'
import type { OverlayNode } from '#protocol/network/overlay-node.ts'
import type { Plan } from '#protocol/plan/plan.ts'
import type { LoggedEvent, RosterEntry, RunEvent, SeatRefusal } from '#protocol/record/events.ts'
import { encodeCoordinatorMessage, type PeerMessage } from '#protocol/wire/control.ts'
import { createAgreement } from './agreement.ts'
import { assignmentOf } from './assignment.ts'
import { serveEvents, serveJoins } from './coordinator-streams.ts'
import { printable } from './printable.ts'
import { farewellMs, mostMessages, type Seat, tell } from './seat.ts'
import { isGuest, type Seating, seatFor } from './seating.ts'
import { createTestimony } from './testimony.ts'
import { createTurnedAwayBook } from './turned-away.ts'
import { patienceFor, verdictOf, type WiringPatience } from './wiring-patience.ts'

export interface CoordinatorOptions {
  readonly experiment: Experiment
  readonly experimentId: string
  readonly plan: Plan
  /** How many training examples each peer holds. */
  readonly holdings: readonly Pick<RosterEntry, 'examples' | 'labels'>[]
  readonly node: OverlayNode
  readonly seating: Seating
  /** Where the peer of a seat fetches its data, relative to the page's `data/`; none where it reads files of its own. */
  readonly dataUrlOf?: (seat: number) => string | undefined
  /** The addresses that peers are told of one another, instead of those that each gave (hosted runs: all alike). */
  readonly addressesOf?: (peerId: string) => readonly string[]
  /** Gives every peer secret batches (hosted runs), from which no outsider can replay its gradients. */
  readonly batchSeed?: () => number
  readonly record: (event: LoggedEvent) => void
  /** A seat was taken or left before the start. */
  readonly seated?: (count: number) => void
  /** Who stopped, is not heard of, or not listened to any more: talk for stderr. */
  readonly say?: (line: string) => void
  /** How long nobody who still runs may be silent before all of them are taken for gone; a minute by default. */
  readonly silenceMs?: number
  /** How long guests of an open seating may take to be wired; as its edges need by default. */
  readonly patience?: WiringPatience
}

export interface CoordinatorResult {
  readonly outcome: 'finished' | 'broke' | 'interrupted'
  readonly failure?: string
  readonly roster: readonly RosterEntry[]
}

export interface Coordinator {
  /** Settles when every peer has stopped or is gone, or the swarm broke. */
  readonly done: Promise<CoordinatorResult>
  /** Settles when round 0 has begun. */
  readonly started: Promise<void>
  /** Asks every peer to stop and ends the run as interrupted. */
  stop(): void
  /** Ends a run that did not begin as broken, and says who was not ready. */
  fail(reason: string): void
  /** Tells the coordinator that a launched peer is gone (its process exited, its tab crashed). */
  gone(seat: number, detail: string): void
}

/** Edges that a report of failed ones names. */
const edgesNamed = 8

/**
 * Seats peers, hands out assignments, starts the run and gathers the events. Honest peers are told nothing of who
 * lies: their copy of the experiment has neither attack nor the number and placement of liars.
 */
export async function createCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { experiment, plan, node, record } = options
  const seats = new Map<number, Seat>()
  const byPeerId = new Map<string, Seat>()
  const startedAt = new Date().toISOString()
  const silenceMs = options.silenceMs ?? 60_000
  let begunMs = performance.now()
  let silence: NodeJS.Timeout | undefined
  const patience = options.patience ?? patienceFor(plan)
  const open = options.seating.kind === 'open'
  const book = createTurnedAwayBook(
    (line) => options.say?.(line),
    () => performance.now(),
  )
  let arrivals = 0
  let assignedMs = 0
  /** Which assignment counts: whatever a peer still says of an earlier one is of no use. */
  let seating = -1
  let asking: NodeJS.Timeout | undefined
  let phase: 'seating' | 'wiring' | 'running' | 'over' = 'seating'
  let resolveDone: (result: CoordinatorResult) => void = () => {}
  let resolveStarted: () => void = () => {}
  const done = new Promise<CoordinatorResult>((resolve) => {
    resolveDone = resolve
  })
  const started = new Promise<void>((resolve) => {
    resolveStarted = resolve
  })
  const agreement = createAgreement(experiment, plan)

  const roster = (): RosterEntry[] =>
    Array.from({ length: plan.n }, (_, peer) => {
      const seat = seats.get(peer)
      return {
        peer,
        kind: seat?.kind ?? (options.dataUrlOf?.(peer) === undefined ? 'process' : 'tab'),
        role: plan.byzantine.includes(peer) ? 'byzantine' : 'honest',
        neighbours: plan.neighbours[peer] ?? [],
        ...(seat ? { id: seat.peerId, engine: seat.engine } : {}),
        ...(seat?.batchSeed === undefined ? {} : { batchSeed: seat.batchSeed }),
        ...(options.holdings[peer] ?? { examples: 0 }),
      }
    })

  const recordRoster = (): void => {
    const turnedAway = book.read()
    record({ type: 'roster', peers: roster(), startedAt, ...(turnedAway ? { turnedAway } : {}) })
  }

  const finish = (outcome: CoordinatorResult['outcome'], failure?: string): void => {
    if (phase === 'over') return
    // A log begins with the roster, also of a swarm that was never wired, or broke before all had come.
    if (phase === 'wiring' || (phase === 'seating' && outcome === 'broke')) recordRoster()
    phase = 'over'
    clearInterval(silence)
    clearInterval(asking)
    for (const seat of seats.values()) tell(seat, { type: 'stop', reason: failure ?? outcome })
    resolveDone({ outcome, roster: roster(), ...(failure === undefined ? {} : { failure: failure }) })
  }

  let honestFinished = 0
  const end = (): void => {
    if (honestFinished > 0) finish('finished')
    else finish('broke', 'no honest peer came to the last round')
  }

  /** The run is over when all have stopped; liars are not waited for longer than a moment. */
  const endIfDone = (): void => {
    if (phase !== 'running') return
    const running = [...seats.values()].filter((seat) => !seat.stopped)
    if (running.length === 0) return end()
    if (running.every((seat) => plan.byzantine.includes(seat.index))) setTimeout(endWithoutLiars, farewellMs)
  }

  const endWithoutLiars = (): void => {
    for (const seat of seats.values()) {
      const silentMs = performance.now() - seat.heardMs
      if (silentMs >= silenceMs / 4) lose(seat, `not heard of for ${seconds(silentMs)}`)
    }
    end()
  }

  const take = (event: RunEvent): void => {
    record(event)
    const lost = agreement(event)
    if (lost) return finish('broke', lost)
    if (event.type !== 'stopped') return
    const { peer, round, reason, detail } = event
    if (reason !== 'finished')
      options.say?.(`peer ${peer} stopped after round ${round + 1}: ${reason}${detail ? `: ${detail}` : ''}`)
    const seat = seats.get(event.peer)
    if (seat) seat.stopped = true
    if (event.reason === 'finished' && !plan.byzantine.includes(event.peer)) honestFinished++
    endIfDone()
  }

  const isSeated = (seat: Seat): boolean => seats.get(seat.index) === seat

  const leave = (seat: Seat, detail: string, reason: SeatRefusal = 'disconnected'): void => {
    if (!isSeated(seat)) return
    if (phase === 'wiring' && seat.guest) return reseat(new Map([[seat, reason]]), detail)
    if (open && phase === 'seating' && !seat.guest)
      return finish('broke', `peer ${seat.index} left before the start: ${printable(detail)}`)
    if (phase === 'seating') {
      seats.delete(seat.index)
      byPeerId.delete(seat.peerId)
      options.seated?.(seats.size)
      return
    }
    if (phase === 'over' || seat.stopped) return
    if (!seat.farewell) setTimeout(() => lose(seat, seat.farewell ?? detail), farewellMs)
    seat.farewell = detail
  }

  /** A peer that is gone without a word of its own. */
  const lose = (seat: Seat, detail: string): void => {
    if (phase === 'wiring' || (open && phase === 'seating'))
      finish('broke', `peer ${seat.index} left while the swarm was wired: ${printable(detail)}`)
    if (seat.stopped || phase !== 'running') return
    const [round, atMs] = [lastRound(seat.index), performance.now() - begunMs]
    take({ type: 'stopped', peer: seat.index, round, atMs, reason: 'failed', detail: printable(detail) })
  }

  /**
   * A machine that freezes or loses its network says no goodbye. Its neighbours go on without it; the run waits for it
   * as long as anybody else is heard of, and then no longer than this.
   */
  const endSilence = (): void => {
    const running = [...seats.values()].filter((seat) => !seat.stopped)
    const now = performance.now()
    const silentMs = Math.min(...running.map((seat) => now - seat.heardMs))
    if (running.length === 0 || silentMs < silenceMs / 4) return
    const names = running.map(({ index }) => index).join(', ')
    if (silentMs < silenceMs) return options.say?.(`waiting for ${names}: not heard of for ${seconds(silentMs)}`)
    for (const seat of running) lose(seat, `not heard of for ${seconds(silentMs)}`)
  }

  const rounds = new Map<number, number>()
  const lastRound = (index: number): number => rounds.get(index) ?? 0

  const assign = (): void => {
    phase = 'wiring'
    assignedMs = performance.now()
    seating += 1
    const all = [...seats.values()]
    const { addressesOf, experimentId } = options
    const everyone = all.map(({ index, peerId, addresses }) => ({
      index,
      peerId,
      addresses: [...(addressesOf?.(peerId) ?? addresses)],
    }))
    for (const seat of all) {
      if (options.batchSeed) seat.batchSeed = options.batchSeed()
      seat.unanswered = 0
      seat.allowance += 2
      const own = { dataUrl: options.dataUrlOf?.(seat.index), batchSeed: seat.batchSeed }
      tell(seat, assignmentOf({ experiment, experimentId, plan, roster: everyone, seating }, seat.index, own))
    }
    if (open) asking = setInterval(askHowFar, patience.askMs)
  }

  /** Frees the seats of guests that keep the others from beginning; those are asked again how far they are. */
  const askHowFar = (): void => {
    const now = performance.now()
    const standings = [...seats.values()].map(({ index, peerId, guest, ready, missing, arrival, unanswered }) => ({
      peer: index,
      guest,
      ready,
      missing,
      degree: plan.neighbours[index]?.length ?? 0,
      suspicion: book.suspicion(peerId),
      arrival,
      unanswered,
    }))
    const { lost, suspected, broken } = verdictOf(standings, now - assignedMs, patience)
    for (const peer of suspected) book.suspect(seats.get(peer)?.peerId ?? '')
    for (const peer of broken) options.say?.(`peer ${peer}, which runs here, has no link to most of its neighbours`)
    const freed = [...seats.values()].flatMap((seat) => {
      const reason = lost.get(seat.index)
      return reason === undefined ? [] : [[seat, reason] as const]
    })
    if (freed.length > 0) return reseat(new Map(freed), `not ready ${seconds(now - assignedMs)} after the assignment`)
    for (const seat of seats.values()) {
      if (seat.ready) continue
      seat.allowance += 1
      seat.unanswered += 1
      tell(seat, { type: 'how-far' })
    }
  }

  /** Back to seating without these guests. The others keep their seats, and are given a new assignment once all are taken. */
  const reseat = (lost: ReadonlyMap<Seat, SeatRefusal>, detail: string): void => {
    phase = 'seating'
    clearInterval(asking)
    for (const [seat, reason] of lost) {
      seats.delete(seat.index)
      byPeerId.delete(seat.peerId)
      tell(seat, { type: 'refused', reason: `you have lost your seat: ${reason}` })
      setTimeout(() => seat.stream.abort(new Error('without a seat')), farewellMs)
      book.lost(seat.index, seat.peerId, reason, detail)
    }
    for (const seat of seats.values()) {
      seat.ready = false
      delete seat.missing
      tell(seat, { type: 'reseating', reason: `free again: ${[...lost.keys()].map(({ index }) => index).join(', ')}` })
    }
    options.seated?.(seats.size)
  }

  const isOld = (message: { readonly seating?: number }): boolean => (message.seating ?? 0) !== seating

  const hear = (message: PeerMessage, stream: ByteStream, remote: string, seat: Seat | undefined): Seat | undefined => {
    switch (message.type) {
      case 'hello':
        return seat ?? admit(message, stream, remote)
      case 'ready':
        if (!seat || phase !== 'wiring' || isOld(message)) return seat
        seat.ready = true
        seat.engine = printable(message.engine)
        if ([...seats.values()].every(({ ready }) => ready)) begin()
        return seat
      case 'failed-edges': {
        const edges = message.edges
          .slice(0, edgesNamed)
          .map(({ peer, detail }) => `${seat?.index}-${peer} (${printable(detail)})`)
        const others = message.edges.length - edges.length
        const named = `${edges.join(', ')}${others > 0 ? ` and ${others} more` : ''}`
        if (!seat || phase !== 'wiring' || isOld(message)) return seat
        if (seat.guest) leave(seat, `no edge ${named}`, 'failed-edges')
        else finish('broke', `edges that could not be wired: ${named}`)
        return seat
      }
      case 'so-far': {
        if (!seat || phase !== 'wiring' || isOld(message)) return seat
        seat.unanswered = 0
        // A guest is heard of its own edges alone.
        seat.missing = message.missing.filter((peer) => plan.neighbours[seat.index]?.includes(peer))
        return seat
      }
      case 'leave':
        if (seat) leave(seat, printable(message.reason), 'left')
        return seat
    }
  }

  const admit = (
    hello: Extract<PeerMessage, { type: 'hello' }>,
    stream: ByteStream,
    remote: string,
  ): Seat | undefined => {
    const refuse = (reason: string, code: SeatRefusal): undefined => {
      if (open && (phase === 'seating' || phase === 'wiring')) book.refused(code)
      stream.send(frameBytes(encodeCoordinatorMessage({ type: 'refused', reason })))
      return undefined
    }
    if (hello.peerId !== remote) return refuse('the peer id in hello is not that of the connection', 'wrong-id')
    if (phase === 'over') return refuse('the run is over', 'no-seat')
    if (phase !== 'seating') return refuse('the run has begun', 'no-seat')
    if (byPeerId.has(remote)) return refuse('this peer has a seat', 'seated-already')
    const index = seatFor(options.seating, hello.token, plan.n, (seat) => seats.has(seat))
    if (typeof index === 'string') return refuse('the token is not known here, or all seats are taken', index)
    if (book.barred(remote)) return refuse('this peer has lost its seat too often', 'repeat-offender')
    const seat: Seat = {
      index,
      peerId: remote,
      kind: hello.kind,
      addresses: hello.addresses,
      stream,
      testimony: createTestimony(index, plan.n, experiment.rounds.count),
      engine: printable(hello.engine),
      ready: false,
      stopped: false,
      heardMs: performance.now(),
      guest: isGuest(options.seating, index),
      arrival: arrivals++,
      allowance: mostMessages,
      unanswered: 0,
    }
    seats.set(index, seat)
    byPeerId.set(remote, seat)
    options.seated?.(seats.size)
    if (seats.size === plan.n) assign()
    return seat
  }

  const begin = (): void => {
    phase = 'running'
    clearInterval(asking)
    begunMs = performance.now()
    for (const seat of seats.values()) seat.heardMs = begunMs
    silence = setInterval(endSilence, silenceMs / 4)
    recordRoster()
    for (const seat of seats.values()) tell(seat, { type: 'start' })
    resolveStarted()
  }

  /** A message that a peer has no right to, such as an assignment of its own. */
  const misspoken = (seat: Seat | undefined): void => {
    if (!open || phase === 'running' || phase === 'over') return
    if (seat && isSeated(seat) && phase === 'wiring' && seat.guest)
      leave(seat, 'a message that is not of this protocol', 'malformed')
    else book.refused('malformed')
  }

  await serveJoins(node, {
    hear,
    isSeated,
    misspoken,
    ended: (seat) => leave(seat, seat.farewell ?? 'its connection to the coordinator ended'),
  })
  await serveEvents(node, {
    seatOf: (remote) => byPeerId.get(remote),
    tooMuch(seat) {
      options.say?.(`peer ${seat.index} reports more than there is to tell, and is not listened to any more`)
      lose(seat, 'it reported more than there is to tell')
    },
    wants: (seat, event) => phase === 'running' && isSeated(seat) && !(event.type === 'stopped' && seat.stopped),
    take(seat, event) {
      rounds.set(seat.index, event.round)
      take(event.type === 'stopped' && event.detail ? { ...event, detail: printable(event.detail) } : event)
    },
  })

  return {
    done,
    started,
    stop: () => finish('interrupted'),
    fail(reason) {
      const missing = plan.neighbours.map((_, index) => index).filter((index) => !seats.get(index)?.ready)
      const away = book.line()
      const turned = away === undefined ? '' : `; turned away before: ${away}`
      finish('broke', `${reason}; ${seats.size} of ${plan.n} peers came, not ready: ${missing.join(', ')}${turned}`)
    },
    gone(index, detail) {
      const seat = seats.get(index)
      if (seat) leave(seat, detail)
      else if (phase === 'seating') finish('broke', `peer ${index} ended before it joined: ${detail}`)
    },
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
