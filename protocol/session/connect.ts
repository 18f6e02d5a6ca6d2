import { describeEngine } from '#learning/engines/engine.ts'
import type { Model } from '#learning/models/model.ts'
import { buildModel } from '#learning/models/registry.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Compute } from '../compute/compute-client.ts'
import type { Experiment } from '../experiment/schema.ts'
import { dialEdges } from '../network/libp2p/dial.ts'
import type { HearsayNode } from '../network/libp2p/hearsay-node.ts'
import { createNetworkTransport, type NetworkTransport } from '../network/transport.ts'
import type { Clock } from '../peer/ports.ts'
import { type Assignment, aboutSeating } from '../wire/control.ts'
import type { PeerData } from './held-data.ts'
import { type Control, JoinError } from './join-control.ts'
import type { JoinOptions, JoinShell } from './join-shell.ts'
import type { Preparation } from './preparation.ts'
import type { RealClock } from './real-clock.ts'

/** Everything that a peer needs to start: its seat, its links to neighbours, its data and its compute. */
export interface Place {
  readonly assignment: Assignment
  readonly experiment: Experiment
  readonly data: PeerData
  readonly model: Model
  readonly pool: Compute
  readonly transport: NetworkTransport
  /** `proved` receives the evidence against a peer that signed two updates for one round. Unset before the start. */
  readonly evidence: { proved?: (accused: PeerIndex, bytes: Uint8Array) => void }
}

/** Milliseconds to wait for the streams on new connections before checking the connections again. */
const linkMs = 3000

/** A place in preparation. */
export interface PlaceTaking {
  /** Rejects if the peer cannot take the place. Never settles otherwise. */
  readonly failed: Promise<never>
  /** The place, after the message `ready` to the coordinator; undefined before. */
  place(): Place | undefined
  /** Peers whose edge is not up yet. */
  missing(): readonly PeerIndex[]
  /** Gives the place up and sends no more messages. Resolves when its links are closed; connections stay open. */
  abandon(): Promise<void>
}

/** Wires the edges of a seat, waits for the compute, and tells the coordinator that the peer is ready. */
export function takePlace(
  shell: JoinShell,
  { wiringMs, progress, signal }: JoinOptions,
  control: Control,
  clock: RealClock,
  preparation: Preparation,
  assignment: Assignment,
  experiment: Experiment,
): PlaceTaking {
  const over = new AbortController()
  const end = (): void => over.abort()
  signal.addEventListener('abort', end, { once: true })
  const evidence: Place['evidence'] = {}
  let place: Place | undefined
  let transport: NetworkTransport | undefined
  let opening: Promise<NetworkTransport> | undefined
  let abandoned = false

  const take = async (): Promise<void> => {
    const data = await preparation.data
    if (abandoned) return
    const { resident } = data
    const [height, width, channels] = resident.train.shape
    const model = buildModel(experiment.learning.model, height * width * channels, resident.classes)
    opening = createNetworkTransport({
      node: shell.node.overlay,
      self: assignment.index,
      roster: assignment.roster,
      neighbours: experiment.exchange === 'none' ? [] : assignment.neighbours,
      colluders: assignment.byzantine?.colluders ?? [],
      experiment: assignment.experimentId,
      kind: experiment.exchange === 'gradients' ? 'gradient' : 'model',
      d: model.parameterCount,
      signer: shell.node.signer,
      digest: shell.digest,
      clock,
      nonce: () => shell.nonce(),
      dissemination: experiment.dissemination,
      commitments: experiment.commitments,
      transferDeadlineMs: experiment.rounds.deadlineMs,
      equivocated: (accused, bytes) => evidence.proved?.(accused, bytes),
    })
    transport = await opening
    if (abandoned) return
    await wire(
      shell.node,
      assignment,
      linksOf(experiment, shell.kind),
      transport,
      clock,
      (edges) => {
        if (abandoned) return
        const told = edges.map(({ peer, detail }) => ({ peer, detail: detail.slice(0, 512) }))
        control.send({ type: 'failed-edges', edges: told, ...aboutSeating(assignment) })
      },
      wiringMs,
      over.signal,
    )
    if (abandoned) return
    progress?.linked?.()
    const pool = await preparation.compute
    if (abandoned) return
    progress?.computing?.(pool.report)
    place = { assignment, experiment, data, model, pool, transport, evidence }
    control.send({
      type: 'ready',
      edges: [...transport.linked()],
      engine: describeEngine(pool.report),
      ...aboutSeating(assignment),
    })
  }

  const failed = new Promise<never>((_, reject) => {
    take().catch((error: unknown) => {
      if (!abandoned) reject(error)
    })
  })
  failed.catch(() => undefined)
  return {
    failed,
    place: () => place,
    missing: () => transport?.missing() ?? [...assignment.neighbours, ...(assignment.byzantine?.colluders ?? [])],
    async abandon() {
      abandoned = true
      signal.removeEventListener('abort', end)
      end()
      await opening?.then(
        (opened) => opened.close(),
        () => undefined,
      )
    },
  }
}

/**
 * Maximum time to bring up all edges of a swarm, milliseconds. It grows with the number of edges: if peers share a
 * machine, each dial costs all of them time.
 */
export function wiringTimeMs(edges: number): number {
  return 60_000 + 500 * edges
}

/** The transports that a peer's edges may use. A tab has no TCP, whatever the experiment allows. */
export function linksOf({ runtime }: Pick<Experiment, 'runtime'>, kind: 'tab' | 'process'): 'webrtc' | 'auto' {
  return 'links' in runtime && kind === 'process' ? runtime.links : 'webrtc'
}

/** An edge that did not come up; `detail` gives the reason. */
interface FailedEdge {
  readonly peer: PeerIndex
  readonly detail: string
}

/** Brings up the edges and waits for their streams. If some fail, calls `failedEdges` and throws JoinError. */
async function wire(
  node: HearsayNode,
  { index, roster, neighbours, byzantine }: Assignment,
  links: 'webrtc' | 'auto',
  transport: NetworkTransport,
  clock: Clock,
  failedEdges: (edges: readonly FailedEdge[]) => void,
  wiringMs: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const peers = [...new Set([...neighbours, ...(byzantine?.colluders ?? [])])]
  const peerIds = (of: readonly PeerIndex[]): string[] =>
    roster.filter((seat) => of.includes(seat.index)).map(({ peerId }) => peerId)
  node.gate.allow(peerIds(peers))
  node.gossipWith(peerIds(neighbours))
  const deadline = new AbortController()
  const edges = (roster.length * peers.length) / 2
  const cancel = clock.schedule(wiringMs ?? wiringTimeMs(edges), () => deadline.abort())
  signal.addEventListener('abort', () => deadline.abort(), { once: true })
  let failed: readonly FailedEdge[]
  for (;;) {
    const dialled = await dialEdges({
      node: node.overlay,
      self: index,
      roster,
      peers,
      links,
      parallel: dialsAtOnce(roster.length),
      clock,
      signal: deadline.signal,
    })
    failed = dialled.failed
    // The other end closes a connection that comes before it knows its neighbours. Such a connection is dialled again.
    if (failed.length > 0 || (await linkedSoon(transport, clock, deadline.signal))) break
    if (!deadline.signal.aborted) continue
    const linked = transport.linked()
    failed = neighbours
      .filter((peer) => !linked.includes(peer))
      .map((peer) => ({ peer, detail: 'connected, but no update stream came up' }))
    break
  }
  cancel()
  if (failed.length === 0) return
  failedEdges(failed)
  throw new JoinError(
    'unwired',
    `peer ${index} has no link to ${failed.map(({ peer, detail }) => `${peer} (${detail})`).join(', ')}`,
  )
}

/** Maximum number of parallel dials of one peer: peers may share the cores of a machine, and slow dials time out. */
function dialsAtOnce(peers: number): number {
  return Math.max(1, Math.min(4, Math.floor(24 / peers)))
}

/** Whether all links come up within `linkMs`. */
async function linkedSoon(transport: NetworkTransport, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const attempt = new AbortController()
  const cancel = clock.schedule(linkMs, () => attempt.abort())
  const abort = (): void => attempt.abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    await transport.whenLinked(attempt.signal)
    return true
  } catch {
    return false
  } finally {
    cancel()
    signal.removeEventListener('abort', abort)
  }
}
