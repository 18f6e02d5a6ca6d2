import type { ConfiguredRule } from '#aggregation/rule.ts'
import type { ConfiguredAttack, CraftContext, GraphKnown, Training, Victim } from '#attacks/attack.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Clock, Recorder, Transport } from '../peer/ports.ts'
import type { Update } from '../round/update.ts'
import { createRoundVectors, type RoundVectors } from './round-vectors.ts'

/** The honest vectors of a round, for omniscient attacks; only a simulation has it. */
export interface Omniscience {
  /** All honest peers' vectors of the round in ascending index; undefined while some are missing. */
  honest(round: number): readonly Float32Array[] | undefined
  /** Calls back when all honest vectors of a round are there. */
  watch(changed: () => void): void
}

/** A Byzantine peer: its place in the coalition, its attack, and what it may use. */
export interface CoalitionMember {
  readonly self: PeerIndex
  /** Other colluders, self excluded, ascending. */
  readonly otherColluders: readonly PeerIndex[]
  /** Honest neighbours of a round and the public facts about their neighbourhoods. */
  victims(round: number): readonly Victim[]
  /** Peers and Byzantine peers of the experiment. */
  readonly n: number
  readonly m: number
  readonly attack: ConfiguredAttack
  /**
   * The colluders hold the honest peers' x and compute at it, as the corrupted workers of a parameter server do: with
   * `exchange: gradients` and one vector for everybody they aggregate what everybody got. Otherwise they go on from
   * their honest vectors.
   */
  readonly followsHonest: boolean
  /** Nobody but its ends sees what travels on an edge: other colluders may be sent something else than victims. */
  readonly privateEdges: boolean
  /** Whether the vectors are models, which can be compared with the model at the start of the round. */
  readonly sendsModels: boolean
  readonly seed: number
  readonly deadlineMs: number
  /**
   * brief: a peer that did not come in time is expected in the next round all the same (faults of a simulation take a
   * peer away for a round); lasting: not before it shows up again (a process that ended).
   */
  readonly absences: 'brief' | 'lasting'
  readonly clock: Clock
  readonly recorder: Recorder
  readonly omniscience?: Omniscience
  /** The public rule for a closed neighbourhood of n vectors. */
  readonly pipeline?: (n: number) => ConfiguredRule
  readonly exact?: CraftContext['exact']
  readonly graph?: (round: number) => GraphKnown
  /** What attacks train with that do: in that round, from that model. */
  readonly training?: (round: number, start: Float32Array) => Training
}

/** What a colluder holds of the last rounds. */
export interface ColluderVectors {
  /** Honest vectors of the colluders, its own among them. */
  readonly shared: RoundVectors
  /** Updates of honest neighbours. */
  readonly heard: RoundVectors
  /** What everybody was sent; kept where its own x follows the honest peers'. */
  readonly told: RoundVectors
}

export function createColluderVectors(): ColluderVectors {
  return { shared: createRoundVectors(), heard: createRoundVectors(), told: createRoundVectors() }
}

/** One round of its own: the honest update, where it goes, and the model that the round started from. */
export interface Turn {
  readonly own: Update
  readonly neighbours: readonly PeerIndex[]
  readonly transport: Transport
  readonly start: Float32Array
}

/** Whether other colluders are sent the honest vector where victims are sent the crafted one. */
export function confides({ privateEdges, followsHonest }: CoalitionMember): boolean {
  return privateEdges && !followsHonest
}
