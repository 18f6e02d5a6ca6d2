import type { Batches } from '#learning/training/batches.ts'
import type { ScheduleConfig } from '#learning/training/schedules.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Digest } from '../record/vector-digest.ts'
import type { RoundEffect, RoundRules } from '../round/state.ts'
import type { step } from '../round/step.ts'
import type { Update } from '../round/update.ts'
import type { PeerMemory } from './checkpoint.ts'
import type { Conduct } from './conduct.ts'
import type { Aggregator, Clock, Recorder, Trainer, Transport } from './ports.ts'

export type StopReason = Extract<RoundEffect, { type: 'stop' }>['reason']

/** What one peer needs of the experiment. */
export interface PeerConfig {
  readonly rules: RoundRules
  /** The closed neighbourhood, own index included, ascending; and its mixing weights, which sum to 1. */
  readonly members: readonly PeerIndex[]
  readonly weights: readonly number[]
  /** The same by round, in a graph that changes. */
  readonly neighbourhoodAt?: (round: number) => {
    readonly members: readonly PeerIndex[]
    readonly weights: readonly number[]
  }
  readonly exchange: 'models' | 'gradients' | 'none'
  readonly localSteps: number
  /** Passes over the own shard between two exchanges, instead of `localSteps`. */
  readonly localEpochs?: number
  readonly learningRate: number
  readonly schedule: ScheduleConfig
  /** With gradients: share of the model that is added to the aggregate. */
  readonly weightDecay: number
  readonly momentum: { readonly at: 'local' | 'aggregate'; readonly beta: number; readonly dampening: number }
  readonly evaluateEvery: number
  /** Seed of the run, for rules that draw random numbers. */
  readonly seed: number
  /** The rule asks for the loss of every vector on a batch of the peer's own. */
  readonly needsLosses: boolean
  /** Virtual duration of a local step. */
  readonly computeMs: number
  /** Coordinates of the sketches in `evaluated` events; none are recorded without. */
  readonly sketch?: Uint32Array
}

/** An aggregation as it happened, for exact figures in a simulation. Nothing in it is mutated later. */
export interface Observation {
  readonly peer: PeerIndex
  readonly round: number
  readonly members: readonly PeerIndex[]
  readonly vectors: readonly Float32Array[]
  readonly influence: readonly number[]
  readonly output: Float32Array
  /** The peer's parameters after the round: the output itself with models, x + v with gradients. */
  readonly model: Float32Array
}

export interface PeerPorts {
  readonly transport: Transport
  readonly clock: Clock
  readonly trainer: Trainer
  readonly aggregator: Aggregator
  readonly digest: Digest
  readonly recorder: Recorder
  readonly conduct: Conduct
  readonly batches: Batches
  /** Sees the vectors of the rounds that are evaluated. */
  readonly observe?: (observation: Observation) => void
  /** Sees the peer's own honest vector before anything is sent, and the model that its local steps started from. */
  readonly trained?: (update: Update, start: Float32Array) => void
  /** Decides when rounds begin and end in place of the state machine: a script of a run that is over. */
  readonly decide?: typeof step
  /** Called when the peer has closed a round and would begin the next, which it does when `go` is called. */
  readonly between?: (round: number, go: () => void) => void
}

export interface Peer {
  start(): void
  /** What it remembers between two rounds: only within `between`, before `go`. */
  snapshot(): PeerMemory
  /** Goes on from there instead of starting. */
  resume(memory: PeerMemory): void
  /** Ends the run at this peer; what was recorded stays. */
  leave(): void
  readonly round: () => number
  /** Settles when the last round closed, after five starved rounds, or after `leave`. */
  readonly stopped: Promise<StopReason>
}
