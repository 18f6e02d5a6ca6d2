import type { PeerIndex } from '#topology/graph.ts'
import { nextRound } from './entering.ts'
import type { Closing } from './state.ts'
import { after, circleOf, type RoundEffect, type RoundState, type RoundStep } from './state.ts'

/** A neighbour is absent after this many missed rounds. */
const missedRounds = 2
/** Rounds without a quorum, one after the other, that stop a peer. */
const starvationLimit = 5
/** The grace is this many median round times, and no shorter than `leastGraceMs`. */
const graceRounds = 4
const minGraceMs = 250
const rememberedDurations = 9

/**
 * Neighbours whose update is still waited for. One that has sent an update of a later round has moved on: updates of
 * a neighbour come in order, so this round's was given up at its end. Gradients pull it from others instead.
 */
export function awaited(state: RoundState): PeerIndex[] {
  const { pulls } = state.rules
  return circleOf(state).neighbours.filter(
    (peer) =>
      !state.received.has(peer) && !state.absent.has(peer) && (pulls === 'from-anyone' || !state.early.has(peer)),
  )
}

/** Whether `awaited` has anybody in it; most of the time three counts tell. */
function isAwaiting(state: RoundState): boolean {
  const { received, absent, early } = state
  return received.size + absent.size + early.size < circleOf(state).neighbours.length || awaited(state).length > 0
}

/** Closes the round if nobody is waited for any more, or starts the grace when K - f are in. */
export function settle(state: RoundState, atMs: number): RoundStep {
  if (state.phase !== 'waiting') return { state, effects: [] }
  const neighbourhoodOf = circleOf(state)
  if (!isAwaiting(state)) {
    const quorum = neighbourhoodOf.quorum === 'all' ? neighbourhoodOf.fewest : neighbourhoodOf.quorum
    // With too many neighbours absent there is no quorum: they have until the deadline to come back.
    if (neighbourhoodOf.neighbours.length === 0 || state.received.size >= quorum) return close(state, 'complete', atMs)
    return { state, effects: [] }
  }
  if (
    neighbourhoodOf.graceThreshold === undefined ||
    state.enoughAtMs !== undefined ||
    state.received.size < neighbourhoodOf.graceThreshold
  )
    return { state, effects: [] }
  const enough: RoundState = { ...state, enoughAtMs: atMs }
  const median = [...state.durationsMs].sort((a, b) => a - b)[state.durationsMs.length >> 1]
  if (median === undefined) return { state: enough, effects: [] }
  const afterMs = Math.max(minGraceMs, graceRounds * median)
  return {
    state: enough,
    effects: [{ type: 'set-timer', timer: 'grace', round: state.round, afterMs }],
  }
}

/** Hands the updates of the round to the rule. */
export function close(state: RoundState, closing: Closing, atMs: number): RoundStep {
  const missing = circleOf(state).neighbours.filter((peer) => !state.received.has(peer))
  const updates = [...state.received.values()].sort((a, b) => a.sender - b.sender)
  const counted = countMissing(state, missing)
  const durationMs = (state.enoughAtMs ?? atMs) - state.startedAtMs
  const durationsMs = [...state.durationsMs, durationMs].slice(-rememberedDurations)
  return {
    state: { ...counted.state, phase: 'aggregating', starvedInARow: 0, durationsMs },
    effects: [
      ...counted.effects,
      {
        type: 'aggregate',
        round: state.round,
        updates,
        missing,
        closing,
        waitedMs: atMs - state.sentAtMs,
      },
    ],
  }
}

/** No quorum at the deadline: the peer keeps its own half-step and goes on, or stops after five in a row. */
export function starve(state: RoundState, quorum: number, atMs: number): RoundStep {
  const missing = circleOf(state).neighbours.filter((peer) => !state.received.has(peer))
  const counted = countMissing(state, missing)
  const starvedInARow = state.starvedInARow + 1
  const effects: RoundEffect[] = [
    ...counted.effects,
    { type: 'starve', round: state.round, received: state.received.size, quorum },
  ]
  if (starvedInARow >= starvationLimit) {
    return {
      state: { ...counted.state, starvedInARow, phase: 'stopped' },
      effects: [...effects, { type: 'stop', reason: 'starved' }],
    }
  }
  return after(effects, nextRound({ ...counted.state, starvedInARow }, atMs))
}

function countMissing(state: RoundState, missing: readonly PeerIndex[]): RoundStep {
  // Rounds in a row are those that the two share.
  const neighbourhoodOf = circleOf(state).neighbours
  const missed = new Map([...state.missed].filter(([peer]) => !neighbourhoodOf.includes(peer)))
  const absent = new Map(state.absent)
  const effects: RoundEffect[] = []
  for (const peer of missing) {
    const count = (state.missed.get(peer) ?? 0) + 1
    missed.set(peer, count)
    if (count >= missedRounds && !absent.has(peer)) {
      absent.set(peer, 'missed')
      effects.push({ type: 'lose-neighbour', neighbour: peer, round: state.round })
    }
  }
  return { state: { ...state, missed, absent }, effects }
}
