import type { EngineReport } from '#learning/engines/engine.ts'
import type { Model } from '#learning/models/model.ts'
import { buildModel } from '#learning/models/registry.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Compute } from '../compute/compute-client.ts'
import type { Experiment } from '../experiment/schema.ts'
import { createNetworkTransport, type NetworkTransport } from '../network/transport.ts'
import { type Assignment, aboutSeating } from '../wire/control.ts'
import type { PeerData } from './held-data.ts'
import type { Control } from './join-control.ts'
import type { Preparation } from './member-preparation.ts'
import type { MemberOptions, MemberShell } from './member-shell.ts'
import type { RealClock } from './real-clock.ts'
import { linksOf, wire } from './wiring.ts'

/** All that a peer needs to begin: its seat, links to its neighbours, data and what computes. */
export interface Place {
  readonly assignment: Assignment
  readonly experiment: Experiment
  readonly data: PeerData
  readonly model: Model
  readonly pool: Compute
  readonly transport: NetworkTransport
  /** Who hears of a peer that signed two updates for one round; nobody before the start. */
  readonly evidence: { heard?: (accused: PeerIndex, bytes: Uint8Array) => void }
}

/** A place that is being taken. */
export interface PlaceTaking {
  /** Rejects where it cannot be taken; also settles after `abandon`, with nothing in it that is of use. */
  readonly failed: Promise<never>
  /** The place, once the coordinator was told that it is ready. */
  place(): Place | undefined
  /** Peers to whom the edge is not up yet. */
  missing(): readonly PeerIndex[]
  /** Gives it up: its links are closed when this resolves, and it says nothing more. Connections stay for the next. */
  abandon(): Promise<void>
}

/** Wires the edges of a seat, waits for what computes, and tells the coordinator that the peer is ready. */
export function takePlace(
  shell: MemberShell,
  { wiringMs, progress, signal }: MemberOptions,
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
      equivocated: (accused, bytes) => evidence.heard?.(accused, bytes),
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
      engine: describe(pool.report),
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

function describe({ engine, adapter, hardware, fallback }: EngineReport): string {
  const where = adapter ? ` (${adapter}${hardware ? '' : ', software'})` : ''
  return `${engine}${where}${fallback ? `; ${fallback}` : ''}`.slice(0, 256)
}
