import type { PeerIndex } from '#topology/graph.ts'
import { nextRound } from './entering.ts'
import type { Closing } from './state.ts'
import { after, neighbourhoodOf, type RoundEffect, type RoundState, type RoundStep } from './state.ts'

/** Number of missed rounds in a row after which a neighbour is absent. */
const missedRounds = 2
/** Number of starved rounds in a row after which a peer stops. */
const starvationLimit = 5
/** The grace lasts this many median round times, at least `minGraceMs`. */
const graceRounds = 4
const minGraceMs = 250
const rememberedDurations = 9

/**
 * The neighbours that the peer still waits for. It does not wait for a neighbour that sent an update of a later round:
 * updates come in order, so the sender gave up this round's. With gradients, the peer pulls it from others.
 */
export function awaited(state: RoundState): PeerIndex[] {
  const { pulls } = state.rules
  return neighbourhoodOf(state).neighbours.filter(
    (peer) =>
      !state.received.has(peer) && !state.absent.has(peer) && (pulls === 'from-anyone' || !state.early.has(peer)),
  )
}

/** Whether the peer waits for any neighbour; usually three counts are enough to decide. */
function isAwaiting(state: RoundState): boolean {
  const { received, absent, early } = state
  return (
    received.size + absent.size + early.size < neighbourhoodOf(state).neighbours.length || awaited(state).length > 0
  )
}

/** Closes the round if the peer waits for no neighbour, or starts the grace when K - f vectors have arrived. */
export function settle(state: RoundState, atMs: number): RoundStep {
  if (state.phase !== 'waiting') return { state, effects: [] }
  const neighbourhood = neighbourhoodOf(state)
  if (!isAwaiting(state)) {
    const quorum = neighbourhood.quorum === 'all' ? neighbourhood.minimum : neighbourhood.quorum
    // Too many neighbours are absent for a quorum: waits for them until the deadline.
    if (neighbourhood.neighbours.length === 0 || state.received.size >= quorum) return close(state, 'complete', atMs)
    return { state, effects: [] }
  }
  if (
    neighbourhood.graceThreshold === undefined ||
    state.enoughAtMs !== undefined ||
    state.received.size < neighbourhood.graceThreshold
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

/** Closes the round: its updates go to the rule. */
export function close(state: RoundState, closing: Closing, atMs: number): RoundStep {
  const missing = neighbourhoodOf(state).neighbours.filter((peer) => !state.received.has(peer))
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

/** Ends a round without a quorum: the peer keeps its own trained model and goes on, or stops after five in a row. */
export function starve(state: RoundState, quorum: number, atMs: number): RoundStep {
  const missing = neighbourhoodOf(state).neighbours.filter((peer) => !state.received.has(peer))
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
  // Only rounds in which the two are neighbours count.
  const neighbourhood = neighbourhoodOf(state).neighbours
  const missed = new Map([...state.missed].filter(([peer]) => !neighbourhood.includes(peer)))
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
