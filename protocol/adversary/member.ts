import type { ConfiguredRule } from '#aggregation/rule.ts'
import type { ConfiguredAttack, CraftContext, GraphKnown, Training, Victim } from '#attacks/attack.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Clock, Recorder, Transport } from '../peer/ports.ts'
import type { Update } from '../round/update.ts'
import { createRoundVectors, type RoundVectors } from './round-vectors.ts'

/** The honest vectors of each round, for omniscient attacks. Only a simulation has them. */
export interface Omniscience {
  /** The vectors (d) of all honest peers in a round, by ascending index; undefined while some are missing. */
  honest(round: number): readonly Float32Array[] | undefined
  /** Calls back when the honest vectors of a round are complete. */
  watch(changed: () => void): void
}

/** A Byzantine peer: its place in the coalition, its attack and its ports. */
export interface CoalitionMember {
  readonly self: PeerIndex
  /** The other colluders, ascending. */
  readonly otherColluders: readonly PeerIndex[]
  /** Honest neighbours in a round, with the public facts about their neighbourhoods. */
  victims(round: number): readonly Victim[]
  /** Number of peers (n) and of Byzantine peers (m) in the experiment. */
  readonly n: number
  readonly m: number
  readonly attack: ConfiguredAttack
  /**
   * Whether the colluders hold the honest peers' x and compute their gradients at it, as the corrupted workers of a
   * parameter server do. This holds for `exchange: gradients` with one vector for all: the colluders aggregate the same
   * vectors as the honest peers. Otherwise the colluders aggregate their honest vectors.
   */
  readonly followsHonest: boolean
  /** Whether only its two ends see the updates on an edge. Then other colluders may get another vector than victims. */
  readonly privateEdges: boolean
  /** Whether the vectors are models. An attack can compare models with the model at the start of the round. */
  readonly sendsModels: boolean
  readonly seed: number
  readonly deadlineMs: number
  /**
   * `brief`: after a missed wait, wait for the peer again in the next round (the faults of a simulation take a peer
   * away for a round). `lasting`: wait for it again only after it sends something (its process may have ended).
   */
  readonly absences: 'brief' | 'lasting'
  readonly clock: Clock
  readonly recorder: Recorder
  readonly omniscience?: Omniscience
  /** The public rule for a closed neighbourhood of n vectors. */
  readonly pipeline?: (n: number) => ConfiguredRule
  readonly exact?: CraftContext['exact']
  readonly graph?: (round: number) => GraphKnown
  /** Ports and data for an attack that trains: for a round that starts at the model `start` (d). */
  readonly training?: (round: number, start: Float32Array) => Training
}

/** Vectors of the last rounds that a colluder holds. */
export interface ColluderVectors {
  /** Honest vectors of the colluders, including its own. */
  readonly shared: RoundVectors
  /** Updates of honest neighbours. */
  readonly heard: RoundVectors
  /** The crafted vector that it sent to all; kept only with `followsHonest`. */
  readonly told: RoundVectors
}

export function createColluderVectors(): ColluderVectors {
  return { shared: createRoundVectors(), heard: createRoundVectors(), told: createRoundVectors() }
}

/** One round of a Byzantine peer: its honest update, the recipients, and the model (d) at the start of the round. */
export interface Turn {
  readonly own: Update
  readonly neighbours: readonly PeerIndex[]
  readonly transport: Transport
  readonly start: Float32Array
}

/** Names an update by round and sender. */
export function keyOf({ round, sender }: Pick<Update, 'round' | 'sender'>): string {
  return `${round}/${sender}`
}

/** Whether a member sends other colluders its honest vector and victims the crafted one. */
export function confides({ privateEdges, followsHonest }: CoalitionMember): boolean {
  return privateEdges && !followsHonest
}
