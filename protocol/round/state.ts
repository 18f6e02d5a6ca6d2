import type { PeerIndex } from '#topology/graph.ts'
import type { RejectionReason, Update } from './update.ts'

/** How a round ended: every awaited update in; K - f in and the grace over; the deadline with a quorum. */
export type Closing = 'complete' | 'grace' | 'deadline'

/** Whom a round is shared with, and how many of them it takes. */
export interface RoundNeighbourhood {
  readonly neighbours: readonly PeerIndex[]
  /** Neighbours' updates needed to close a round at its deadline; `all`: every neighbour that is not absent. */
  readonly quorum: number | 'all'
  /** The fewest neighbours' updates with which the rule is defined: `all` never means less. */
  readonly fewest: number
  /** Neighbours' updates after which a grace replaces the deadline (K - f, less the own); undefined: never. */
  readonly graceThreshold?: number
}

/**
 * What a peer must know to run its rounds. Times in milliseconds. In a graph that changes `neighbours` are those of any
 * round, and `at` says what each round asks.
 */
export interface RoundRules extends RoundNeighbourhood {
  readonly self: PeerIndex
  readonly rounds: number
  readonly deadlineMs: number
  readonly at?: (round: number) => RoundNeighbourhood
  /** Heartbeat interval of the transport; undefined where it has none (simulation). */
  readonly heartbeatMs?: number
  /**
   * Whom missing updates are asked for, again and again from a share of the deadline on: anyone, for gradients, which
   * all must have; the sender itself, for models over a real network, where a transfer may get lost; nobody.
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
      /** In ascending sender; every one of this round, at most one a neighbour. */
      readonly updates: readonly Update[]
      readonly missing: readonly PeerIndex[]
      readonly closing: Closing
      readonly waitedMs: number
    }
  | { readonly type: 'pull'; readonly round: number; readonly senders: readonly PeerIndex[] }
  | { readonly type: 'reject'; readonly from: PeerIndex; readonly round: number; readonly reason: RejectionReason }
  | { readonly type: 'starve'; readonly round: number; readonly received: number; readonly quorum: number }
  /** `retrains`: a train effect for the round follows; else what was just trained stands for it. */
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
  /** The newest update of a later round by sender: one a neighbour, whatever its lead. */
  readonly early: ReadonlyMap<PeerIndex, Update>
  /** Rounds in a row that closed without this neighbour. */
  readonly missed: ReadonlyMap<PeerIndex, number>
  /**
   * Neighbours that are not waited for, and why: `missed` ends with an update in time, `silent` with any sign of life.
   */
  readonly absent: ReadonlyMap<PeerIndex, 'missed' | 'silent'>
  readonly heardAtMs: ReadonlyMap<PeerIndex, number>
  readonly starvedInARow: number
  readonly startedAtMs: number
  readonly sentAtMs: number
  /** When K - f were in, this round. */
  readonly enoughAtMs: number | undefined
  /** How long the last rounds took until K - f were in, newest last: a time that f Byzantine peers cannot stretch. */
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

/** What the round asks: in a graph that does not change always the same. */
export function circleOf({ rules, round }: RoundState): RoundNeighbourhood {
  return rules.at?.(round) ?? rules
}

/** Ends an absence of one kind; the neighbour is waited for again. */
export function regain(state: RoundState, peer: PeerIndex, kind: 'missed' | 'silent'): RoundStep {
  if (state.absent.get(peer) !== kind) return { state, effects: [] }
  const absent = new Map(state.absent)
  absent.delete(peer)
  return {
    state: { ...state, absent },
    effects: [{ type: 'regain-neighbour', neighbour: peer, round: state.round }],
  }
}

/** A step with effects of another before its own. */
export function after(effects: readonly RoundEffect[], next: RoundStep): RoundStep {
  return effects.length === 0 ? next : { state: next.state, effects: joined(effects, next.effects) }
}

/** Two lists of effects, most of the time both empty. */
export function joined(first: readonly RoundEffect[], second: readonly RoundEffect[]): readonly RoundEffect[] {
  if (first.length === 0) return second
  return second.length === 0 ? first : [...first, ...second]
}
