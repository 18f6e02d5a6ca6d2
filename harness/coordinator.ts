import { withoutPath } from '#learning/datasets/choice.ts'
import type { LoggedEvent, RosterEntry, RunEvent } from '#protocol/events.ts'
import type { Experiment } from '#protocol/experiment.ts'
import {
  type CoordinatorMessage,
  decodePeerMessage,
  encodeCoordinatorMessage,
  joinProtocol,
  type PeerMessage,
  peerMessageLimit,
} from '#protocol/messages/control.ts'
import { decodeEventBatch, eventBatchLimit, eventsProtocol } from '#protocol/messages/event-batch.ts'
import { type ByteStream, frameBytes, readFrames } from '#protocol/network/byte-stream.ts'
import type { OverlayNode } from '#protocol/network/overlay-node.ts'
import { attackOf, type Plan, victimsOf } from '#protocol/plan.ts'

/**
 * Who may take which seat. Launched peers have a token each; volunteers share one and sit down as they come, on the
 * seats that are not reserved for peers that the host launches.
 */
export type Seating =
  | { readonly kind: 'launched'; readonly seatOf: ReadonlyMap<string, number> }
  | { readonly kind: 'open'; readonly token: string; readonly reserved?: ReadonlyMap<string, number> }

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
  /** Edges that could not be wired, and links lost: talk for stderr. */
  readonly say?: (line: string) => void
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

interface Seat {
  readonly index: number
  readonly peerId: string
  readonly kind: 'tab' | 'process'
  readonly addresses: readonly string[]
  readonly stream: ByteStream
  engine: string
  ready: boolean
  stopped: boolean
}

/** Streams that one connection may have open to the coordinator. */
const limits = { maxInboundStreams: 4, maxOutboundStreams: 4 }
/** A peer whose control stream ends has this long to have its last events arrive. */
const farewellMs = 1500

/**
 * Seats peers, hands out assignments, starts the run and gathers the events. Honest peers are told nothing of who
 * lies: their copy of the experiment has neither attack nor the number and placement of liars.
 */
export async function createCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { experiment, plan, node, record } = options
  const seats = new Map<number, Seat>()
  const byPeerId = new Map<string, Seat>()
  const startedAt = new Date().toISOString()
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
        ...(options.holdings[peer] ?? { examples: 0 }),
      }
    })

  const finish = (outcome: CoordinatorResult['outcome'], failure?: string): void => {
    if (phase === 'over') return
    // A log begins with the roster, also of a swarm that was never wired, or broke before all had come.
    if (phase === 'wiring' || (phase === 'seating' && outcome === 'broke'))
      record({ type: 'roster', peers: roster(), startedAt })
    phase = 'over'
    for (const seat of seats.values()) send(seat, { type: 'stop', reason: failure ?? outcome })
    resolveDone({ outcome, roster: roster(), ...(failure === undefined ? {} : { failure: failure }) })
  }

  const send = (seat: Seat, message: CoordinatorMessage): void => {
    try {
      seat.stream.send(frameBytes(encodeCoordinatorMessage(message)))
    } catch {
      // The peer is gone; the end of its stream tells.
    }
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
    if (running.every((seat) => plan.byzantine.includes(seat.index))) setTimeout(end, farewellMs)
  }

  const take = (event: RunEvent): void => {
    record(event)
    const lost = agreement(event)
    if (lost) return finish('broke', lost)
    if (event.type !== 'stopped') return
    const seat = seats.get(event.peer)
    if (seat) seat.stopped = true
    if (event.reason === 'finished' && !plan.byzantine.includes(event.peer)) honestFinished++
    endIfDone()
  }

  const leave = (seat: Seat, detail: string): void => {
    if (phase === 'seating') {
      seats.delete(seat.index)
      byPeerId.delete(seat.peerId)
      options.seated?.(seats.size)
      return
    }
    if (phase === 'wiring') return finish('broke', `peer ${seat.index} left while the swarm was wired: ${detail}`)
    if (phase !== 'running' || seat.stopped) return
    setTimeout(() => {
      if (seat.stopped || phase !== 'running') return
      take({ type: 'stopped', peer: seat.index, round: lastRound(seat.index), atMs: 0, reason: 'failed', detail })
    }, farewellMs)
  }

  const rounds = new Map<number, number>()
  const lastRound = (index: number): number => rounds.get(index) ?? 0

  const assign = (): void => {
    phase = 'wiring'
    const all = [...seats.values()]
    const attack = attackOf(experiment)
    const { n } = plan
    const told = publicExperiment(experiment, n)
    const addressesOf = options.addressesOf
    for (const seat of all) {
      const { index } = seat
      const dataUrl = options.dataUrlOf?.(index)
      const byzantine = attack && plan.byzantine.includes(index)
      send(seat, {
        type: 'assignment',
        index,
        n,
        experimentId: options.experimentId,
        experiment: dataUrl === undefined ? told : withoutPaths(told),
        roster: all.map(({ index: other, peerId, addresses }) => ({
          index: other,
          peerId,
          addresses: [...(addressesOf?.(peerId) ?? addresses)],
        })),
        neighbours: experiment.exchange === 'none' ? [] : [...(plan.neighbours[index] ?? [])],
        ...(byzantine
          ? {
              byzantine: {
                attack: experiment.attack,
                colluders: plan.byzantine.filter((peer) => peer !== index),
                victims: victimsOf(plan, index),
              },
            }
          : {}),
        ...(dataUrl === undefined ? {} : { dataUrl }),
        ...(options.batchSeed === undefined ? {} : { batchSeed: options.batchSeed() }),
      })
    }
  }

  const hear = (message: PeerMessage, stream: ByteStream, remote: string, seat: Seat | undefined): Seat | undefined => {
    switch (message.type) {
      case 'hello':
        return seat ?? admit(message, stream, remote)
      case 'ready':
        if (!seat || phase !== 'wiring') return seat
        seat.ready = true
        seat.engine = message.engine
        if ([...seats.values()].every(({ ready }) => ready)) begin()
        return seat
      case 'failed-edges': {
        const edges = message.edges.map(({ peer, detail }) => `${seat?.index}-${peer} (${detail})`)
        if (seat && phase === 'wiring') finish('broke', `edges that could not be wired: ${edges.join(', ')}`)
        return seat
      }
      case 'leave':
        if (seat) leave(seat, message.reason)
        return seat
    }
  }

  const admit = (
    hello: Extract<PeerMessage, { type: 'hello' }>,
    stream: ByteStream,
    remote: string,
  ): Seat | undefined => {
    const refuse = (reason: string): undefined => {
      stream.send(frameBytes(encodeCoordinatorMessage({ type: 'refused', reason })))
      return undefined
    }
    if (hello.peerId !== remote) return refuse('the peer id in hello is not that of the connection')
    if (phase === 'over') return refuse('the run is over')
    if (phase !== 'seating') return refuse('the run has begun')
    if (byPeerId.has(remote)) return refuse('this peer has a seat')
    const index = seatFor(hello.token)
    if (index === undefined) return refuse('the token is not known here, or all seats are taken')
    const seat: Seat = {
      index,
      peerId: remote,
      kind: hello.kind,
      addresses: hello.addresses,
      stream,
      engine: hello.engine,
      ready: false,
      stopped: false,
    }
    seats.set(index, seat)
    byPeerId.set(remote, seat)
    options.seated?.(seats.size)
    if (seats.size === plan.n) assign()
    return seat
  }

  const seatFor = (token: string): number | undefined => {
    const { seating } = options
    if (seating.kind === 'launched') {
      const index = seating.seatOf.get(token)
      return index === undefined || seats.has(index) ? undefined : index
    }
    const reserved = seating.reserved ?? new Map<string, number>()
    const own = reserved.get(token)
    if (own !== undefined) return seats.has(own) ? undefined : own
    if (token !== seating.token) return undefined
    const kept = [...reserved.values()]
    for (let index = 0; index < plan.n; index++) if (!seats.has(index) && !kept.includes(index)) return index
    return undefined
  }

  const begin = (): void => {
    phase = 'running'
    record({ type: 'roster', peers: roster(), startedAt })
    for (const seat of seats.values()) send(seat, { type: 'start' })
    resolveStarted()
  }

  await node.handle(
    joinProtocol,
    (stream, connection) => {
      const remote = connection.remotePeer.toString()
      const read = async (): Promise<void> => {
        let seat: Seat | undefined
        for await (const bytes of readFrames(stream, { frame: peerMessageLimit, pending: 4 * peerMessageLimit })) {
          const message = decodePeerMessage(bytes)
          if (!message.ok) {
            stream.abort(new Error('a message that is not of this protocol'))
            break
          }
          seat = hear(message.value, stream, remote, seat)
        }
        if (seat) leave(seat, 'its connection to the coordinator ended')
      }
      read().catch((error: Error) => stream.abort(error))
    },
    limits,
  )
  await node.handle(
    eventsProtocol,
    (stream, connection) => {
      const remote = connection.remotePeer.toString()
      const read = async (): Promise<void> => {
        for await (const bytes of readFrames(stream, { frame: eventBatchLimit, pending: 16 * eventBatchLimit })) {
          const seat = byPeerId.get(remote)
          const batch = decodeEventBatch(bytes)
          if (!batch.ok || !seat) {
            stream.abort(new Error('not a batch of events of a seated peer'))
            return
          }
          for (const event of batch.value) {
            // A peer reports on itself alone.
            if (event.peer !== seat.index || phase !== 'running') continue
            rounds.set(seat.index, event.round)
            take(event)
          }
        }
      }
      read().catch((error: Error) => stream.abort(error))
    },
    limits,
  )

  return {
    done,
    started,
    stop: () => finish('interrupted'),
    fail(reason) {
      const missing = plan.neighbours.map((_, index) => index).filter((index) => !seats.get(index)?.ready)
      finish('broke', `${reason}; ${seats.size} of ${plan.n} peers came, not ready: ${missing.join(', ')}`)
    },
    gone(index, detail) {
      const seat = seats.get(index)
      if (seat) leave(seat, detail)
      else if (phase === 'seating') finish('broke', `peer ${index} ended before it joined: ${detail}`)
    },
  }
}

/** What everyone may know of an experiment: neither the attack nor how many lie, where and by which placement. */
export function publicExperiment(experiment: Experiment, n: number): Experiment {
  return {
    ...experiment,
    peers: { honest: n, byzantine: 0, placement: [] },
    attack: { name: 'none' },
    expect: [],
    twins: [],
  }
}

/** An experiment as it is told to other machines. */
export function withoutPaths(experiment: Experiment): Experiment {
  const { learning } = experiment
  return { ...experiment, learning: { ...learning, dataset: withoutPath(learning.dataset) } }
}

/**
 * `exchange: gradients` with one vector for all: honest peers that closed the same round must hold the same x. Returns
 * the sentence that ends the run where they do not.
 */
function createAgreement(experiment: Experiment, plan: Plan): (event: RunEvent) => string | undefined {
  const perVictim = experiment.attack.name !== 'none' && experiment.attack.delivery === 'per-victim'
  const first = new Map<number, { readonly peer: number; readonly digest: string }>()
  return (event) => {
    if (experiment.exchange !== 'gradients' || perVictim) return undefined
    if (event.type !== 'round-closed' || event.stateDigest === undefined) return undefined
    if (plan.byzantine.includes(event.peer)) return undefined
    const known = first.get(event.round)
    if (!known) {
      first.set(event.round, { peer: event.peer, digest: event.stateDigest })
      return undefined
    }
    if (known.digest === event.stateDigest) return undefined
    return `agreement-lost: after round ${event.round} peers ${known.peer} and ${event.peer} hold different models`
  }
}
