import type { EngineReport } from '#learning/engines/engine.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import type { RunEvent } from '#protocol/record/events.ts'
import type { RejectionReason } from '#protocol/round/update.ts'
import type { Notice } from '#protocol/wire/notice.ts'
import type { PeerIndex } from '#topology/graph.ts'

/** Why this tab cannot take part. */
export type Problem =
  | 'insecure'
  | 'no-webrtc'
  | 'old-browser'
  | 'bad-link'
  | 'unknown-link'
  | 'no-host'
  | 'other-version'

/** How a neighbour's update of a round ended. */
export type Fate = 'accepted' | 'missing' | RejectionReason

export interface NeighbourState {
  readonly peer: PeerIndex
  /** The last rounds, oldest first. */
  readonly history: readonly { readonly round: number; readonly fate: Fate }[]
  /** Rounds in which its update was used. */
  readonly accepted: number
  readonly missing: number
  readonly rejected: Readonly<Partial<Record<RejectionReason, number>>>
  /** A rejection in a round that is still open at this peer. */
  readonly pending?: { readonly round: number; readonly reason: RejectionReason }
  /** Share of its last used update in this peer's own model, 0 to 1. */
  readonly influence?: number
  /** Whether the peer has stopped waiting for this neighbour. */
  readonly absent: boolean
}

/** How a visit ends. */
export type End =
  | { readonly reason: 'finished' | 'starved' | 'left' | 'host-gone' }
  | { readonly reason: 'host-stopped' | 'refused' | 'unwired' | 'failed'; readonly detail: string }

export type Stage =
  | { readonly name: 'opening' | 'invited' | 'joining' | 'waiting' | 'preparing' | 'running' | 'leaving' }
  | { readonly name: 'unable'; readonly problem: Problem }
  | { readonly name: 'ended'; readonly end: End }

/** Everything that the page shows. */
export interface LiveState {
  readonly stage: Stage
  readonly experiment?: Experiment
  readonly seats?: Notice['seats']
  readonly phase?: Notice['phase']
  readonly peer?: PeerIndex
  readonly linked: boolean
  readonly engine?: EngineReport
  /** Rounds that have closed. */
  readonly closed: number
  readonly curve: readonly { readonly round: number; readonly accuracy: number; readonly loss: number }[]
  readonly neighbours: readonly NeighbourState[]
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly starved: number
  readonly hostReachable: boolean
  /** How often the tab went to the background during the run, and whether it is in the background now. */
  readonly hidden: { readonly now: boolean; readonly times: number }
}

export type Change =
  | { readonly type: 'noticed'; readonly notice: Notice; readonly experiment: Experiment }
  | { readonly type: 'host-silent' }
  | { readonly type: 'unable'; readonly problem: Problem }
  | { readonly type: 'stage'; readonly stage: 'joining' | 'waiting' | 'running' | 'leaving' }
  | {
      readonly type: 'assigned'
      readonly peer: PeerIndex
      readonly neighbours: readonly PeerIndex[]
      readonly experiment: Experiment
    }
  | { readonly type: 'linked' }
  | { readonly type: 'computing'; readonly report: EngineReport }
  | { readonly type: 'event'; readonly event: RunEvent }
  | { readonly type: 'ended'; readonly end: End }

export const emptyState: LiveState = {
  stage: { name: 'opening' },
  linked: false,
  closed: 0,
  curve: [],
  neighbours: [],
  bytesSent: 0,
  bytesReceived: 0,
  starved: 0,
  hostReachable: true,
  hidden: { now: false, times: 0 },
}

/** Maximum number of rounds in a neighbour's history. */
const remembered = 60

/** The state after a change. After an end, nothing changes it. */
export function changed(state: LiveState, change: Change): LiveState {
  if (state.stage.name === 'ended') return state
  switch (change.type) {
    case 'noticed': {
      const { seats, phase } = change.notice
      const stage: Stage = state.stage.name === 'opening' ? { name: 'invited' } : state.stage
      return { ...state, stage, experiment: change.experiment, seats, phase, hostReachable: true }
    }
    case 'host-silent':
      return { ...state, hostReachable: false }
    case 'unable':
      return { ...state, stage: { name: 'unable', problem: change.problem } }
    case 'stage':
      return staged(state, change.stage)
    case 'assigned': {
      const neighbours = change.neighbours.map((peer) => ({
        peer,
        history: [],
        accepted: 0,
        missing: 0,
        rejected: {},
        absent: false,
      }))
      const { peer, experiment } = change
      return { ...staged(state, 'preparing'), peer, experiment, neighbours, linked: false }
    }
    case 'linked':
      return { ...state, linked: true }
    case 'computing':
      return { ...state, engine: change.report }
    case 'event':
      return afterEvent(state, change.event)
    case 'ended':
      return { ...state, stage: { name: 'ended', end: change.end } }
  }
}

/** The next stage; a peer that is leaving stays in that stage. */
function staged(state: LiveState, name: 'joining' | 'waiting' | 'preparing' | 'running' | 'leaving'): LiveState {
  return state.stage.name === 'leaving' ? state : { ...state, stage: { name } }
}

function afterEvent(state: LiveState, event: RunEvent): LiveState {
  switch (event.type) {
    case 'round-closed': {
      const { round, accepted, missing, bytesSent, bytesReceived } = event
      const influence = new Map(event.influence)
      const neighbours = state.neighbours.map((neighbour) => {
        if (accepted.includes(neighbour.peer)) {
          const share = influence.get(neighbour.peer)
          const counted = { ...neighbour, accepted: neighbour.accepted + 1 }
          return withFate(share === undefined ? counted : { ...counted, influence: share }, round, 'accepted')
        }
        if (!missing.includes(neighbour.peer)) return neighbour
        const { pending, ...rest } = neighbour
        const fate = pending?.round === round ? pending.reason : 'missing'
        return withFate({ ...rest, missing: rest.missing + 1 }, round, fate)
      })
      return { ...state, closed: Math.max(state.closed, round + 1), neighbours, bytesSent, bytesReceived }
    }
    case 'evaluated':
      return { ...state, curve: [...state.curve, { round: event.round, accuracy: event.accuracy, loss: event.loss }] }
    case 'update-rejected':
      return of(state, event.from, (neighbour) => rejected(neighbour, event.round, event.reason))
    case 'starved':
      return { ...state, starved: state.starved + 1 }
    case 'neighbour-absent':
      return of(state, event.neighbour, (neighbour) => ({ ...neighbour, absent: true }))
    case 'neighbour-returned':
      return of(state, event.neighbour, (neighbour) => ({ ...neighbour, absent: false }))
    case 'visibility': {
      const now = event.state === 'hidden'
      return { ...state, hidden: { now, times: state.hidden.times + (now ? 1 : 0) } }
    }
    default:
      return state
  }
}

function of(state: LiveState, peer: PeerIndex, change: (neighbour: NeighbourState) => NeighbourState): LiveState {
  const neighbours = state.neighbours.map((neighbour) => (neighbour.peer === peer ? change(neighbour) : neighbour))
  return { ...state, neighbours }
}

function withFate(neighbour: NeighbourState, round: number, fate: Fate): NeighbourState {
  return { ...neighbour, history: [...neighbour.history, { round, fate }].slice(-remembered) }
}

/** Records why the update of a round is missing. The rejection may arrive before or after that round closes. */
function rejected(neighbour: NeighbourState, round: number, reason: RejectionReason): NeighbourState {
  const counts = { ...neighbour.rejected, [reason]: (neighbour.rejected[reason] ?? 0) + 1 }
  const known = neighbour.history.some((entry) => entry.round === round)
  if (!known) return { ...neighbour, rejected: counts, pending: { round, reason } }
  const history = neighbour.history.map((entry) =>
    entry.round === round && entry.fate === 'missing' ? { round, fate: reason } : entry,
  )
  return { ...neighbour, rejected: counts, history }
}
