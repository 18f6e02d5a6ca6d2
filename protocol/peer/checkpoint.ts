import type { RuleState } from '#aggregation/rule.ts'
import { isExternal } from '#aggregation/rules/external.ts'
import type { AttackState } from '#attacks/attack.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { type Experiment, experimentSchema } from '../experiment/schema.ts'
import { attackOf } from '../plan/byzantine.ts'
import type { TranscriptEntry } from '../record/transcript.ts'
import type { RoundState } from '../round/state.ts'

/** A part of a simulation that remembers something across rounds. What it hands out is not written to later. */
export interface Resumable<Memory> {
  snapshot(): Memory
  restore(memory: Memory): void
}

/** Parameters and momentum (d each). */
export interface TrainerMemory {
  readonly parameters: Float32Array
  readonly momentum: Float32Array
  /** Batches whose views were drawn (augmentation). */
  readonly drawn: number
}

export interface PeerMemory {
  readonly round: Omit<RoundState, 'rules'>
  readonly ruleState?: RuleState
  /** Momentum at the aggregate (d). */
  readonly velocity?: Float32Array
  readonly stateDigest?: string
}

/** What a Byzantine peer remembers: the vectors of its honest neighbours by round, and what its attack keeps for each victim. */
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
 * A simulation between two rounds: all peers have closed `round`, none has begun the next, nothing is under way, and no
 * virtual time has passed since the start.
 * Plain data (typed arrays, maps, no functions), for a structured clone.
 */
export interface Checkpoint {
  readonly round: number
  readonly peers: readonly {
    readonly peer: PeerMemory
    readonly trainer: TrainerMemory
    /** Batches that were drawn so far. */
    readonly batches: number
    readonly conduct?: ConductMemory
  }[]
  readonly traffic: TrafficMemory
  readonly transcript: readonly TranscriptEntry[]
}

/** Who takes the checkpoints of a simulation, and decides when. None is taken once something usable was missing and time passed. */
export interface CheckpointPort {
  /** Asked once for every evaluated round but the last, when all peers have closed it. */
  wanted(round: number): boolean
  /** Written before this resolves; peers wait. Vectors may lie in memory that workers share. */
  save(checkpoint: Checkpoint): Promise<void>
}

/**
 * Why an experiment has no checkpoints, in words; undefined where it has. Peers meet between two rounds without
 * changing anything only where time does not matter: where each waits for all and nothing is late.
 */
export function withoutCheckpoints(experiment: Experiment): string | undefined {
  const { runtime, faults, exchange, aggregation, pace } = experiment
  if (runtime.name !== 'simulation') return `peers of runtime ${runtime.name} do not stop together`
  if (pace.name !== 'rounds') return 'peers that go at their own pace do not meet between two rounds'
  if (JSON.stringify(faults) !== JSON.stringify(noFaults)) return 'with faults peers do not meet between two rounds'
  if (exchange !== 'models' && exchange !== 'gradients' && exchange !== 'none') {
    return `with exchange ${exchange} peers do not meet between two rounds`
  }
  if ((attackOf(experiment)?.arrives ?? 'in time') !== 'in time')
    return 'peers that are made to wait do not meet between two rounds'
  if (isExternal(aggregation.name)) return 'a rule of your own may remember what a checkpoint does not hold'
  return undefined
}

const noFaults = experimentSchema.shape.faults.parse(undefined)
