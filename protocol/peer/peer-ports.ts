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

/** The part of an experiment that one peer needs. */
export interface PeerConfig {
  readonly rules: RoundRules
  /** The closed neighbourhood, ascending, and its mixing weights, which sum to 1. */
  readonly members: readonly PeerIndex[]
  readonly weights: readonly number[]
  /** The same for each round, on a time-varying graph. */
  readonly neighbourhoodAt?: (round: number) => {
    readonly members: readonly PeerIndex[]
    readonly weights: readonly number[]
  }
  readonly exchange: 'models' | 'gradients' | 'none'
  readonly localSteps: number
  /** Passes over the peer's own shard between two exchanges, instead of `localSteps`. */
  readonly localEpochs?: number
  readonly learningRate: number
  readonly schedule: ScheduleConfig
  /** With gradients: factor of x in the term that is added to the aggregate. */
  readonly weightDecay: number
  readonly momentum: { readonly at: 'local' | 'aggregate'; readonly beta: number; readonly dampening: number }
  readonly evaluateEvery: number
  /** Seed of the run, for rules that draw random numbers. */
  readonly seed: number
  /** Whether the rule needs the loss of every vector on one of the peer's own batches. */
  readonly needsLosses: boolean
  /** Virtual duration of a local step, milliseconds. */
  readonly computeMs: number
  /** Coordinates of the sketches in `evaluated` events. Default: no sketches. */
  readonly sketch?: Uint32Array
}

/** One aggregation, for exact figures in a simulation; not mutated later. */
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
  /** Receives the vectors of each evaluated round. */
  readonly observe?: (observation: Observation) => void
  /** Receives the peer's own honest update before it is sent, and the model at the start of its local steps (d). */
  readonly trained?: (update: Update, start: Float32Array) => void
  /** Replaces the state machine, to replay a recorded run. */
  readonly decide?: typeof step
  /** Called after each closed round; the peer begins the next round when `go` is called. */
  readonly between?: (round: number, go: () => void) => void
}

export interface Peer {
  start(): void
  /** Its memory between two rounds; call it only within `between`, before `go`. */
  snapshot(): PeerMemory
  /** Continues from a snapshot, instead of `start`. */
  resume(memory: PeerMemory): void
  /** Ends the run at this peer; recorded events stay. */
  leave(): void
  readonly round: () => number
  /** Resolves after the last round, after five starved rounds in a row, or after `leave`. */
  readonly stopped: Promise<StopReason>
}
