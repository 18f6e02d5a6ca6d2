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

/** The ports that a shell (Node or tab) brings to a peer of a swarm. */
export interface JoinShell {
  readonly kind: 'tab' | 'process'
  readonly userAgent?: string
  readonly node: HearsayNode
  /** The bytes at an address relative to the host's `data/`. */
  fetchData(address: string): Promise<Uint8Array>
  /** Reads the whole data set from files of this machine; tabs cannot. */
  readDataset?(dataset: Experiment['learning']['dataset']): Promise<Dataset>
  startCompute(setup: ComputeConfig): Promise<Compute>
  /** Loads the file of the user's own attack. Left out: this peer runs no code that another machine names. */
  loadOwnAttack?(file: string): void
  readonly digest: Digest
  readonly timers: Timers
  nonce(): Uint8Array
  /** Calls back when the tab goes to the background or returns. Returns a function that ends the calls. */
  watchVisibility?(changed: (state: 'visible' | 'hidden') => void): () => void
}

/** Callbacks for the progress of a peer, for the page and for logs. */
export interface JoinProgress {
  /**
   * The peer has asked for a seat. The coordinator answers when all seats are taken, and seats anew if one falls free.
   */
  waiting?(): void
  assigned?(assignment: Assignment, experiment: Experiment): void
  computing?(report: EngineReport): void
  linked?(): void
  started?(): void
  event?(event: RunEvent): void
  /** The last round is over. The connections stay until the coordinator ends the run. */
  finished?(): void
  /** The coordinator ends the run. */
  stopAsked?(reason: string): void
  /** The peer ignored a protocol violation; `count` is the running total of this kind. */
  violated?(violation: JoinViolation, count: number): void
}

/**
 * `late-assignment`, `out-of-turn`: a message of the coordinator after the start. `not-the-coordinator`: another peer
 * opened a stream of the join protocol.
 */
export type JoinViolation = 'late-assignment' | 'out-of-turn' | 'not-the-coordinator'

export interface JoinOptions {
  /** Multiaddr of the coordinator, with its peer id. */
  readonly coordinator: string
  readonly token: string
  readonly signal: AbortSignal
  readonly progress?: JoinProgress
  /** Maximum time for wiring, milliseconds, before the missing edges are reported; default `wiringTimeMs`. */
  readonly wiringMs?: number
}
