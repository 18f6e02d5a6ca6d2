import type { RuleState } from '#aggregation/rule.ts'
import type { AttackState } from '#attacks/attack.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { type Experiment, experimentSchema } from '../experiment/schema.ts'
import { attackOf } from '../plan/byzantine.ts'
import { ownCodeOf } from '../plan/own-code.ts'
import type { TranscriptEntry } from '../record/transcript.ts'
import type { RoundState } from '../round/state.ts'

/** A part of a simulation with memory across rounds. A snapshot is not mutated later. */
export interface Resumable<Memory> {
  snapshot(): Memory
  restore(memory: Memory): void
}

/** Parameters and momentum (d each). */
export interface TrainerMemory {
  readonly parameters: Float32Array
  readonly momentum: Float32Array
  /** Number of batches with drawn views (augmentation). */
  readonly drawn: number
}

export interface PeerMemory {
  readonly round: Omit<RoundState, 'rules'>
  readonly ruleState?: RuleState
  /** Momentum at the aggregate (d). */
  readonly velocity?: Float32Array
  readonly stateDigest?: string
}

/** The memory of a Byzantine peer: its honest neighbours' vectors by round, and its attack's state for each victim. */
export interface ConductMemory {
  readonly heard: ReadonlyMap<number, ReadonlyMap<PeerIndex, Float32Array>>
  readonly states: ReadonlyMap<PeerIndex | undefined, AttackState>
}

/** Payload bytes since the start, by peer. */
export interface TrafficMemory {
  readonly sent: Float64Array
  readonly received: Float64Array
}

/**
 * A simulation between two rounds: all peers have closed `round`, and none has begun the next. No update is under way,
 * and no virtual time has passed since the start. Plain data (typed arrays, maps, no functions), for a structured
 * clone.
 */
export interface Checkpoint {
  readonly round: number
  readonly peers: readonly {
    readonly peer: PeerMemory
    readonly trainer: TrainerMemory
    /** Number of batches drawn so far. */
    readonly batches: number
    readonly conduct?: ConductMemory
  }[]
  readonly traffic: TrafficMemory
  readonly transcript: readonly TranscriptEntry[]
}

/**
 * Decides when a simulation takes checkpoints, and saves them. Once a usable update was missing and virtual time
 * passed, the simulation takes no more.
 */
export interface CheckpointPort {
  /** Called once for every evaluated round except the last, when all peers have closed it. */
  wanted(round: number): boolean
  /** Resolves when the checkpoint is saved; peers wait. Vectors may be in memory that workers share. */
  save(checkpoint: Checkpoint): Promise<void>
}

/**
 * The reason, for users, why an experiment has no checkpoints; undefined if it has them. A checkpoint stops all peers
 * between two rounds. That changes nothing only if each peer waits for all updates and none is late.
 */
export function withoutCheckpoints(experiment: Experiment): string | undefined {
  const { runtime, faults, exchange, pace } = experiment
  if (runtime.name !== 'simulation') return `checkpoints need runtime simulation, not ${runtime.name}`
  if (pace.name !== 'rounds') return `checkpoints need pace rounds, not ${pace.name}`
  if (JSON.stringify(faults) !== JSON.stringify(noFaults)) return 'checkpoints need an experiment without faults'
  if (exchange !== 'models' && exchange !== 'gradients' && exchange !== 'none') {
    return `checkpoints do not work with exchange ${exchange}`
  }
  if ((attackOf(experiment)?.arrives ?? 'in time') !== 'in time')
    return 'checkpoints do not work with an attack that delays updates'
  const own = ownCodeOf(experiment)
  if (own) return `checkpoints do not hold the memory of your own ${own.what}`
  return undefined
}

const noFaults = experimentSchema.shape.faults.parse(undefined)
