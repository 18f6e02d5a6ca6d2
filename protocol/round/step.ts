import type { PeerIndex } from '#topology/graph.ts'
import { awaited, close, settle, starve } from './closing.ts'
import { nextRound, skipAhead } from './entering.ts'
import { grown } from './growing-map.ts'
import {
  after,
  joined,
  neighbourhoodOf,
  type RoundEffect,
  type RoundEvent,
  type RoundState,
  type RoundStep,
  regain,
  type TimerName,
} from './state.ts'
import type { RejectionReason, Update } from './update.ts'

/** Number of missed heartbeats after which a neighbour is absent. */
const missedHeartbeats = 3
/** Shares of the deadline: time to the first pull of a gradient, and to all other pulls. */
const pullFirst = 1 / 3
const pullAgain = 1 / 12
/** Share of the deadline before a peer first pulls missing updates; `fromAnyone` is true for gradients. */
export function firstPull(fromAnyone: boolean): number {
  return fromAnyone ? pullFirst : pullAgain
}

/**
 * The state machine of a round, a pure function: takes a state and an event, returns the next state and effects. It
 * never throws on remote data, and closes each round at most once. A timer limits every wait. Events that no longer
 * matter (a timer of an earlier round, an answer after a skip) change nothing.
 */
export function step(state: RoundState, event: RoundEvent): RoundStep {
  if (state.phase === 'stopped') return { state, effects: [] }
  switch (event.type) {
    case 'started':
      if (state.phase !== 'idle') return { state, effects: [] }
      return {
        state: { ...state, phase: 'training', startedAtMs: event.atMs },
        effects: [{ type: 'train', round: state.round }],
      }
    case 'trained':
      return onTrained(state, event.round, event.atMs)
    case 'update-received':
      return onUpdate(state, event.update, event.atMs)
    case 'peer-alive':
      return onHeard(state, event.peer, event.atMs)
    case 'timer-fired':
      return onTimer(state, event.timer, event.round, event.atMs)
    case 'aggregated':
      if (state.phase !== 'aggregating' || event.round !== state.round) return { state, effects: [] }
      return nextRound(state, event.atMs)
    case 'stop-asked':
      return { state: { ...state, phase: 'stopped' }, effects: [{ type: 'stop', reason: 'left' }] }
  }
}

function onTrained(state: RoundState, round: number, atMs: number): RoundStep {
  if (state.phase !== 'training' || round !== state.round) return { state, effects: [] }
  const { rules } = state
  // After a skip the model just trained is the update of the neighbours' round.
  const skipped = skipAhead(state, false)
  const current = skipped?.state ?? state
  const waiting: RoundState = { ...current, phase: 'waiting', sentAtMs: atMs, enoughAtMs: undefined }
  const effects: RoundEffect[] = [...(skipped?.effects ?? []), { type: 'send', round: waiting.round }]
  if (neighbourhoodOf(waiting).neighbours.length > 0) {
    effects.push({ type: 'set-timer', timer: 'deadline', round: waiting.round, afterMs: rules.deadlineMs })
    if (rules.pulls !== 'never') {
      effects.push({
        type: 'set-timer',
        timer: 'pull',
        round: waiting.round,
        afterMs: rules.deadlineMs * firstPull(rules.pulls === 'from-anyone'),
      })
    }
    if (rules.heartbeatMs !== undefined) {
      effects.push({ type: 'set-timer', timer: 'heartbeat', round: waiting.round, afterMs: rules.heartbeatMs })
    }
  }
  return after(effects, settle(waiting, atMs))
}

function onUpdate(state: RoundState, update: Update, atMs: number): RoundStep {
  const { sender, round } = update
  const { rules } = state
  if (!rules.at && !rules.neighbours.includes(sender)) return rejected(state, update, 'not-a-neighbour')
  if (round >= rules.rounds || round < 0) return rejected(state, update, 'wrong-experiment')
  if (rules.at && !rules.at(round).neighbours.includes(sender)) return rejected(state, update, 'not-a-neighbour')
  const heard = signOfLife(state, sender, atMs)
  if (round < state.round || (round === state.round && state.phase === 'aggregating')) {
    return after(heard.effects, rejected(heard.state, update, 'late'))
  }
  // An update far ahead is of no use now, so it does not end an absence.
  const back = round > state.round + 1 ? { ...heard, effects: [] } : regain(heard.state, sender, 'missed')
  const effects = joined(heard.effects, back.effects)
  if (round === state.round) {
    if (state.received.has(sender)) return after(effects, rejected(back.state, update, 'duplicate'))
    const received = grown(back.state.received, sender, update)
    return after(effects, settle({ ...back.state, received }, atMs))
  }
  const kept = state.early.get(sender)
  if (kept && kept.round >= round) return after(effects, rejected(back.state, update, 'duplicate'))
  const replaced: RoundEffect[] = kept ? [{ type: 'reject', from: sender, round: kept.round, reason: 'late' }] : []
  const early = new Map(back.state.early).set(sender, update)
  const ahead: RoundState = { ...back.state, early }
  const skipped = ahead.phase === 'waiting' ? skipAhead(ahead, true) : undefined
  if (!skipped) return after(joined(effects, replaced), settle(ahead, atMs))
  const training: RoundState = { ...skipped.state, phase: 'training', startedAtMs: atMs }
  return {
    state: training,
    effects: [...effects, ...replaced, ...skipped.effects, { type: 'train', round: training.round }],
  }
}

function rejected(state: RoundState, { sender, round }: Update, reason: RejectionReason): RoundStep {
  return { state, effects: [{ type: 'reject', from: sender, round, reason }] }
}

function onHeard(state: RoundState, peer: PeerIndex, atMs: number): RoundStep {
  return state.rules.neighbours.includes(peer) ? signOfLife(state, peer, atMs) : { state, effects: [] }
}

/** Notes that a neighbour is alive. */
function signOfLife(state: RoundState, peer: PeerIndex, atMs: number): RoundStep {
  // Only heartbeats need the time.
  if (state.rules.heartbeatMs === undefined) return regain(state, peer, 'silent')
  const heardAtMs = new Map(state.heardAtMs).set(peer, atMs)
  return regain({ ...state, heardAtMs }, peer, 'silent')
}

function onTimer(state: RoundState, timer: TimerName, round: number, atMs: number): RoundStep {
  if (state.phase !== 'waiting' || round !== state.round) return { state, effects: [] }
  const { rules } = state
  switch (timer) {
    case 'grace':
      return close(state, 'grace', atMs)
    case 'deadline': {
      const neighbourhood = neighbourhoodOf(state)
      const quorum =
        neighbourhood.quorum === 'all'
          ? Math.max(neighbourhood.minimum, awaited(state).length + state.received.size)
          : neighbourhood.quorum
      if (state.received.size >= quorum) return close(state, 'deadline', atMs)
      return starve(state, quorum, atMs)
    }
    case 'pull':
      // Repeats the pull: a neighbour may not have the update yet.
      return {
        state,
        effects: [
          { type: 'set-timer', timer: 'pull', round, afterMs: rules.deadlineMs * pullAgain },
          { type: 'pull', round, senders: awaited(state) },
        ],
      }
    case 'heartbeat': {
      const interval = rules.heartbeatMs ?? 0
      const absent = new Map(state.absent)
      const effects: RoundEffect[] = [{ type: 'set-timer', timer: 'heartbeat', round, afterMs: interval }]
      for (const peer of awaited(state)) {
        const heard = state.heardAtMs.get(peer) ?? state.startedAtMs
        if (atMs - heard < missedHeartbeats * interval) continue
        absent.set(peer, 'silent')
        effects.push({ type: 'lose-neighbour', neighbour: peer, round })
      }
      return after(effects, settle({ ...state, absent }, atMs))
    }
  }
}
