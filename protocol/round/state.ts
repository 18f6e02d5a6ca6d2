import type { PeerIndex } from '#topology/graph.ts'
import type { RejectionReason, Update } from './update.ts'

/** Why a round closed: every awaited update arrived; K - f vectors and the grace passed; the deadline with a quorum. */
export type Closing = 'complete' | 'grace' | 'deadline'

/** The neighbours of one round, and the numbers of updates that close it. */
export interface RoundNeighbourhood {
  readonly neighbours: readonly PeerIndex[]
  /** Neighbours' updates that close a round at its deadline; `all`: those of every neighbour that is not absent. */
  readonly quorum: number | 'all'
  /** Minimum number of neighbours' updates that the rule needs; the lower bound of `all`. */
  readonly minimum: number
  /** Neighbours' updates that start the grace (K - f, less the peer's own). Default: no grace. */
  readonly graceThreshold?: number
}

/**
 * The rules of a peer's rounds. Times are in milliseconds. On a time-varying graph, `neighbours` are those of all
 * rounds together, and `at` gives the neighbourhood of each round.
 */
export interface RoundRules extends RoundNeighbourhood {
  readonly self: PeerIndex
  readonly rounds: number
  readonly deadlineMs: number
  readonly at?: (round: number) => RoundNeighbourhood
  /** Heartbeat interval of the transport; undefined without heartbeats (simulation). */
  readonly heartbeatMs?: number
  /**
   * Where the peer pulls missing updates from, repeatedly, after a share of the deadline. from-anyone: for gradients,
   * which all peers must have. from-sender: for models over a real network, which may lose a transfer.
   */
  readonly pulls: 'from-anyone' | 'from-sender' | 'never'
}

export type RoundEvent =
  | { readonly type: 'started'; readonly atMs: number }
  | { readonly type: 'trained'; readonly round: number; readonly atMs: number }
  | { readonly type: 'update-received'; readonly update: Update; readonly atMs: number }
  | { readonly type: 'peer-alive'; readonly peer: PeerIndex; readonly atMs: number }
  | { readonly type: 'timer-fired'; readonly timer: TimerName; readonly round: number; readonly atMs: number }
  | { readonly type: 'aggregated'; readonly round: number; readonly atMs: number }
  | { readonly type: 'stop-asked'; readonly atMs: number }

export type TimerName = 'deadline' | 'grace' | 'pull' | 'heartbeat'

export type RoundEffect =
  | { readonly type: 'train'; readonly round: number }
  | { readonly type: 'send'; readonly round: number }
  | { readonly type: 'set-timer'; readonly timer: TimerName; readonly round: number; readonly afterMs: number }
  | {
      readonly type: 'aggregate'
      readonly round: number
      /** Updates of this round, ascending by sender, at most one of each neighbour. */
      readonly updates: readonly Update[]
      readonly missing: readonly PeerIndex[]
      readonly closing: Closing
      readonly waitedMs: number
    }
  | { readonly type: 'pull'; readonly round: number; readonly senders: readonly PeerIndex[] }
  | { readonly type: 'reject'; readonly from: PeerIndex; readonly round: number; readonly reason: RejectionReason }
  | { readonly type: 'starve'; readonly round: number; readonly received: number; readonly quorum: number }
  /** `retrains`: whether a train effect follows; if not, the model just trained is the update of round `to`. */
  | { readonly type: 'skip'; readonly from: number; readonly to: number; readonly retrains: boolean }
  | { readonly type: 'lose-neighbour'; readonly neighbour: PeerIndex; readonly round: number }
  | { readonly type: 'regain-neighbour'; readonly neighbour: PeerIndex; readonly round: number }
  | { readonly type: 'stop'; readonly reason: 'finished' | 'starved' | 'left' }

export interface RoundState {
  readonly rules: RoundRules
  readonly round: number
  readonly phase: 'idle' | 'training' | 'waiting' | 'aggregating' | 'stopped'
  /** Updates of this round by sender. */
  readonly received: ReadonlyMap<PeerIndex, Update>
  /** The newest update of a later round by sender: one for each neighbour, however far ahead. */
  readonly early: ReadonlyMap<PeerIndex, Update>
  /** Number of rounds in a row that ended without this neighbour's update. */
  readonly missed: ReadonlyMap<PeerIndex, number>
  /** Absent neighbours. `missed` ends with an update in time, `silent` with any message of the neighbour. */
  readonly absent: ReadonlyMap<PeerIndex, 'missed' | 'silent'>
  readonly heardAtMs: ReadonlyMap<PeerIndex, number>
  readonly starvedInARow: number
  readonly startedAtMs: number
  readonly sentAtMs: number
  /** Time at which K - f vectors of this round had arrived. */
  readonly enoughAtMs: number | undefined
  /** Durations of the last rounds until K - f vectors arrived, newest last. f Byzantine peers cannot stretch them. */
  readonly durationsMs: readonly number[]
}

export interface RoundStep {
  readonly state: RoundState
  readonly effects: readonly RoundEffect[]
}

export function createRoundState(rules: RoundRules): RoundState {
  return {
    rules,
    round: 0,
    phase: 'idle',
    received: new Map(),
    early: new Map(),
    missed: new Map(),
    absent: new Map(),
    heardAtMs: new Map(),
    starvedInARow: 0,
    startedAtMs: 0,
    sentAtMs: 0,
    enoughAtMs: undefined,
    durationsMs: [],
  }
}

/** The neighbourhood of the present round; on a static graph always the same. */
export function neighbourhoodOf({ rules, round }: RoundState): RoundNeighbourhood {
  return rules.at?.(round) ?? rules
}

/** Ends an absence of this kind: the peer waits for the neighbour again. */
export function regain(state: RoundState, peer: PeerIndex, kind: 'missed' | 'silent'): RoundStep {
  if (state.absent.get(peer) !== kind) return { state, effects: [] }
  const absent = new Map(state.absent)
  absent.delete(peer)
  return {
    state: { ...state, absent },
    effects: [{ type: 'regain-neighbour', neighbour: peer, round: state.round }],
  }
}

/** A step with these effects before its own. */
export function after(effects: readonly RoundEffect[], next: RoundStep): RoundStep {
  return effects.length === 0 ? next : { state: next.state, effects: joined(effects, next.effects) }
}

/** Concatenates two lists of effects, which are usually both empty. */
export function joined(first: readonly RoundEffect[], second: readonly RoundEffect[]): readonly RoundEffect[] {
  if (first.length === 0) return second
  return second.length === 0 ? first : [...first, ...second]
}
