import { createBatches } from '#learning/batches.ts'
import type { Dataset } from '#learning/dataset.ts'
import type { EngineReport } from '#learning/engine.ts'
import { initialise } from '#learning/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { partitions } from '#learning/partitions/registry.ts'
import { randomStream } from '#learning/random.ts'
import { createCoalitionMember } from './coalition.ts'
import type { ComputeSetup } from './compute.ts'
import type { Compute } from './compute-client.ts'
import { type Conduct, honestConduct } from './conduct.ts'
import type { RunEvent } from './events.ts'
import { type Experiment, experimentSchema } from './experiment.ts'
import {
  type Assignment,
  type CoordinatorMessage,
  coordinatorMessageLimit,
  decodeCoordinatorMessage,
  encodePeerMessage,
  joinProtocol,
  type PeerMessage,
} from './messages/control.ts'
import { toHex } from './messages/hex.ts'
import { type ByteStream, frameBytes, readFrames } from './network/byte-stream.ts'
import { createEventStream } from './network/event-stream.ts'
import type { OverlayConnection, OverlayNode, Signer } from './network/overlay-node.ts'
import { createNetworkTransport, type NetworkTransport } from './network/transport.ts'
import { createPeer, type Peer, type StopReason } from './peer.ts'
import { attackOf, momentumAt, planOf, setupOf } from './plan.ts'
import type { Digest, PeerIndex } from './ports.ts'
import { createRealClock, type Timers } from './real-clock.ts'
import { sketchCoordinates } from './sketch.ts'
import { createTrainer } from './trainer.ts'

/** What a shell, Node or tab, supplies to a peer of a real swarm. */
export interface MemberShell {
  readonly kind: 'tab' | 'process'
  readonly userAgent?: string
  readonly node: OverlayNode
  /** Multiaddrs at which others reach this peer. */
  addresses(): readonly string[]
  /** Tells the connection gater who may connect: the peer ids of neighbours and fellow colluders. */
  allow(peerIds: readonly string[]): void
  /** Dials a peer until a direct connection is up; rejects when the signal aborts. */
  connect(seat: { readonly peerId: string; readonly addresses: readonly string[] }, signal: AbortSignal): Promise<void>
  loadDataset(name: Experiment['learning']['dataset'], dataUrl: string | undefined): Promise<Dataset>
  startCompute(setup: ComputeSetup): Promise<Compute>
  readonly signer: Signer
  readonly digest: Digest
  readonly timers: Timers
  nonce(): Uint8Array
}

/** How far a peer has come, for the page and for logs. */
export interface MemberProgress {
  assigned?(assignment: Assignment, experiment: Experiment): void
  computing?(report: EngineReport): void
  linked?(): void
  started?(): void
  event?(event: RunEvent): void
}

export interface MemberOptions {
  /** Multiaddr of the coordinator, with its peer id. */
  readonly coordinator: string
  readonly token: string
  readonly signal: AbortSignal
  readonly progress?: MemberProgress
  /** How long wiring may take before the missing edges are reported. */
  readonly wiringMs?: number
}

/** The coordinator would not take this peer, or went away before the run began. */
export class JoinError extends Error {
  override readonly name = 'JoinError'
}

const heartbeatMs = 1000
const defaultWiringMs = 60_000

/**
 * One peer of a real swarm, from the first hello to the last round: join, get a seat, wire the edges, wait for the
 * start, run the rounds, report. Works alike in Node and in a tab; resolves with why the peer stopped. An abort
 * of the signal makes it leave.
 */
export async function joinExperiment(shell: MemberShell, options: MemberOptions): Promise<StopReason> {
  const { progress, signal } = options
  const connection = await shell.node.dial([options.coordinator])
  const control = await openControl(connection)
  control.send({
    type: 'hello',
    token: options.token,
    peerId: shell.node.peerId,
    kind: shell.kind,
    addresses: [...shell.addresses()],
    engine: 'auto',
    ...(shell.userAgent === undefined ? {} : { userAgent: shell.userAgent.slice(0, 512) }),
  })
  signal.addEventListener('abort', () => control.send({ type: 'leave', reason: 'asked to' }), { once: true })

  const assignment = await control.next()
  if (assignment.type === 'refused') throw new JoinError(`the coordinator refused this peer: ${assignment.reason}`)
  if (assignment.type !== 'assignment') throw new JoinError('the coordinator went away before the run began')
  const experiment = experimentSchema.parse(assignment.experiment)
  progress?.assigned?.(assignment, experiment)

  const cleanups: (() => void | Promise<void>)[] = []
  try {
    return await takePart(shell, options, connection, control, assignment, experiment, (cleanup) =>
      cleanups.push(cleanup),
    )
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
}

/** The run of a peer that has its seat. `defer` takes what must be undone at the end, last first. */
async function takePart(
  shell: MemberShell,
  options: MemberOptions,
  connection: OverlayConnection,
  control: Control,
  assignment: Assignment,
  experiment: Experiment,
  defer: (cleanup: () => void | Promise<void>) => void,
): Promise<StopReason> {
  const { progress, signal } = options
  const failure = withResolvers<never>()
  failure.promise.catch(() => undefined)
  const clock = createRealClock(shell.timers, failure.reject)
  defer(() => clock.stop())

  const dataset = shell.loadDataset(experiment.learning.dataset, assignment.dataUrl)
  const compute = dataset.then((data) =>
    shell.startCompute({
      model: experiment.learning.model,
      dataset: data,
      engine: experiment.learning.engine,
      aggregation: experiment.exchange === 'none' ? { name: 'average', before: [] } : experiment.aggregation,
    }),
  )
  // Wiring goes on meanwhile; a failure is seen where the result is needed.
  compute.catch(() => undefined)
  defer(async () => {
    await compute.then(
      (pool) => pool.close(),
      () => undefined,
    )
  })

  const [height, width, channels] = (await dataset).train.shape
  const model = buildModel(experiment.learning.model, height * width * channels, (await dataset).classes)
  const plan = planOf(experiment)
  const { index, byzantine } = assignment
  const colluders = byzantine?.colluders ?? []
  const evidence = (accused: PeerIndex, bytes: Uint8Array): void =>
    record({
      type: 'equivocation-proved',
      peer: index,
      round: peer?.round() ?? 0,
      atMs: clock.now(),
      accused,
      evidence: toHex(bytes),
    })
  const transport = await createNetworkTransport({
    node: shell.node,
    self: index,
    roster: assignment.roster,
    neighbours: experiment.exchange === 'none' ? [] : assignment.neighbours,
    colluders,
    experiment: assignment.experimentId,
    kind: experiment.exchange === 'gradients' ? 'gradient' : 'model',
    d: model.parameterCount,
    signer: shell.signer,
    digest: shell.digest,
    clock,
    nonce: () => shell.nonce(),
    dissemination: experiment.dissemination,
    commitments: experiment.commitments,
    transferDeadlineMs: experiment.rounds.deadlineMs,
    equivocated: evidence,
  })
  defer(() => transport.close())

  await wire(shell, assignment, transport, control, options.wiringMs ?? defaultWiringMs, signal)
  progress?.linked?.()
  const pool = await compute
  progress?.computing?.(pool.report)
  control.send({ type: 'ready', edges: [...transport.linked()], engine: describe(pool.report) })

  const begin = await control.next()
  if (begin.type !== 'start') throw new JoinError(begin.type === 'stop' ? begin.reason : 'the coordinator went away')
  clock.restart()

  const events = createEventStream(connection, clock)
  defer(() => events.close())
  const record = (event: RunEvent): void => {
    events.record(event)
    progress?.event?.(event)
  }
  const { learning } = experiment
  const partition = partitions.find(({ name }) => name === learning.partition.name)
  const shards = partition?.assign(
    learning.partition,
    (await dataset).train.labels,
    plan.n,
    randomStream(experiment.seed, 'partition'),
  )
  const examples = shards?.[index]
  if (!examples) throw new JoinError(`there is no shard for peer ${index}`)
  const peer: Peer = createPeer(
    {
      ...setupOf(experiment, plan, index, heartbeatMs),
      sketch: sketchCoordinates(model.parameterCount, experiment.seed),
    },
    {
      transport,
      clock,
      trainer: createTrainer({
        workspace: pool,
        initial: initialise(model, randomStream(experiment.seed, 'initialise')),
        descent: { learningRate: learning.learningRate, ...learning.momentum },
        momentumAt: momentumAt(experiment),
      }),
      aggregator: { aggregate: (input) => pool.aggregate(input, plan.neighbourhoods[index]?.members.length) },
      digest: shell.digest,
      recorder: { record },
      conduct: conductOf(assignment, experiment, clock, record),
      batches: createBatches({
        seed: assignment.batchSeed ?? experiment.seed,
        peer: index,
        examples,
        batchSize: learning.batchSize,
        order: learning.batches,
      }),
    },
  )
  signal.addEventListener('abort', () => peer.leave(), { once: true })
  control.onStop(() => peer.leave())
  progress?.started?.()
  peer.start()
  try {
    return await Promise.race([peer.stopped, failure.promise])
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    record({
      type: 'stopped',
      peer: index,
      round: peer.round(),
      atMs: clock.now(),
      reason: 'failed',
      detail: detail.slice(0, 512),
    })
    throw error
  } finally {
    await events.flush()
  }
}

/** Honest, or a member of the coalition that the coordinator told of its attack. */
function conductOf(
  { index, n, byzantine }: Assignment,
  experiment: Experiment,
  clock: ReturnType<typeof createRealClock>,
  record: (event: RunEvent) => void,
): Conduct {
  if (!byzantine) return honestConduct
  const attack = attackOf({ attack: byzantine.attack as Experiment['attack'] })
  if (!attack) return honestConduct
  return createCoalitionMember({
    self: index,
    fellows: byzantine.colluders,
    victims: byzantine.victims,
    n,
    m: byzantine.colluders.length + 1,
    attack,
    seed: experiment.seed,
    deadlineMs: experiment.rounds.deadlineMs,
    clock,
    recorder: { record },
  })
}

/** Dials the edges to higher indices, waits for all; reports those that fail and gives up. */
async function wire(
  shell: MemberShell,
  { index, roster, neighbours, byzantine }: Assignment,
  transport: NetworkTransport,
  control: Control,
  wiringMs: number,
  signal: AbortSignal,
): Promise<void> {
  const wanted = [...new Set([...neighbours, ...(byzantine?.colluders ?? [])])]
  const seats = wanted.map((peer) => roster.find((seat) => seat.index === peer)).filter((seat) => seat !== undefined)
  shell.allow(seats.map(({ peerId }) => peerId))
  const deadline = new AbortController()
  const timer = shell.timers.set(() => deadline.abort(), wiringMs)
  signal.addEventListener('abort', () => deadline.abort(), { once: true })
  try {
    const dialled = seats.filter((seat) => seat.index > index).map((seat) => shell.connect(seat, deadline.signal))
    await Promise.all([...dialled, transport.whenLinked(deadline.signal)])
  } catch (error) {
    const linked = transport.linked()
    const detail = error instanceof Error ? error.message.slice(0, 512) : 'no link'
    const edges = neighbours.filter((peer) => !linked.includes(peer)).map((peer) => ({ peer, detail }))
    control.send({ type: 'failed-edges', edges })
    throw new JoinError(`peer ${index} has no link to ${edges.map(({ peer }) => peer).join(', ')}: ${detail}`)
  } finally {
    shell.timers.clear(timer)
  }
}

interface Control {
  send(message: PeerMessage): void
  /** The next message; `stop` when the coordinator is gone. */
  next(): Promise<CoordinatorMessage>
  /** Calls back when the coordinator asks to stop; its silence or loss stops nobody who has started. */
  onStop(stop: () => void): void
}

async function openControl(connection: OverlayConnection): Promise<Control> {
  const stream: ByteStream = await connection.newStream(joinProtocol)
  const queue: CoordinatorMessage[] = []
  let wake = (): void => {}
  let stopAsked = (): void => {}
  let ended = false
  const read = async (): Promise<void> => {
    for await (const bytes of readFrames(stream, {
      frame: coordinatorMessageLimit,
      pending: 2 * coordinatorMessageLimit,
    })) {
      const message = decodeCoordinatorMessage(bytes)
      if (!message.ok) break
      if (message.value.type === 'stop') stopAsked()
      queue.push(message.value)
      wake()
    }
    ended = true
    wake()
  }
  read().catch(() => undefined)
  return {
    send(message) {
      if (ended) return
      try {
        stream.send(frameBytes(encodePeerMessage(message)))
      } catch {
        // The stream has closed: the coordinator sees that on its side.
        ended = true
      }
    },
    async next() {
      for (;;) {
        const message = queue.shift()
        if (message) return message
        if (ended) return { type: 'stop', reason: 'the coordinator is gone' }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    onStop(stop) {
      stopAsked = stop
    },
  }
}

function describe({ engine, adapter, hardware, fallback }: EngineReport): string {
  const where = adapter ? ` (${adapter}${hardware ? '' : ', software'})` : ''
  return `${engine}${where}${fallback ? `; ${fallback}` : ''}`.slice(0, 256)
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
