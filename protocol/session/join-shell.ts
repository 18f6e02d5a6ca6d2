import type { Dataset } from '#learning/datasets/dataset.ts'
import type { EngineReport } from '#learning/engines/engine.ts'
import type { ComputeConfig } from '../compute/calls.ts'
import type { Compute } from '../compute/compute-client.ts'
import type { Experiment } from '../experiment/schema.ts'
import type { HearsayNode } from '../network/libp2p/hearsay-node.ts'
import type { RunEvent } from '../record/events.ts'
import type { Digest } from '../record/vector-digest.ts'
import type { Assignment } from '../wire/control.ts'
import type { Timers } from './real-clock.ts'

/** What a shell, Node or tab, supplies to a peer of a real swarm. */
export interface JoinShell {
  readonly kind: 'tab' | 'process'
  readonly userAgent?: string
  readonly node: HearsayNode
  /** The bytes at an address relative to the host's `data/`. */
  fetchData(address: string): Promise<Uint8Array>
  /** The whole data set from files of this machine; tabs have none. */
  readDataset?(dataset: Experiment['learning']['dataset']): Promise<Dataset>
  startCompute(setup: ComputeConfig): Promise<Compute>
  readonly digest: Digest
  readonly timers: Timers
  nonce(): Uint8Array
  /** Calls back when the tab goes to the background or returns; returns what ends that. */
  watchVisibility?(changed: (state: 'visible' | 'hidden') => void): () => void
}

/** How far a peer has come, for the page and for logs. */
export interface JoinProgress {
  /** The coordinator has been asked for a seat; it answers once all seats are taken, and again where one is free again. */
  waiting?(): void
  assigned?(assignment: Assignment, experiment: Experiment): void
  computing?(report: EngineReport): void
  linked?(): void
  started?(): void
  event?(event: RunEvent): void
  /** The last round is over; the connections stay until the coordinator ends the run. */
  finished?(): void
  /** The coordinator ends the run. */
  stopAsked?(reason: string): void
  /** Something that is not of the protocol came on the way to the coordinator; it is ignored, and how often is told. */
  violated?(violation: JoinViolation, count: number): void
}

/** `late-assignment`, `out-of-turn`: a message after the start; `not-the-coordinator`: somebody else opened a stream to join. */
export type JoinViolation = 'late-assignment' | 'out-of-turn' | 'not-the-coordinator'

export interface JoinOptions {
  /** Multiaddr of the coordinator, with its peer id. */
  readonly coordinator: string
  readonly token: string
  readonly signal: AbortSignal
  readonly progress?: JoinProgress
  /** How long wiring may take before the missing edges are reported; as its edges need by default. */
  readonly wiringMs?: number
}
