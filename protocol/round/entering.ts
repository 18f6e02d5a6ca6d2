import type { PeerIndex } from '#topology/graph.ts'
import { type RoundEffect, type RoundState, type RoundStep, regain } from './state.ts'
import type { Update } from './update.ts'

/** Begins the next round with training, or stops after the last. */
export function nextRound(state: RoundState, atMs: number): RoundStep {
  const round = state.round + 1
  if (round >= state.rules.rounds) {
    return { state: { ...state, phase: 'stopped' }, effects: [{ type: 'stop', reason: 'finished' }] }
  }
  const entered = enter(state, round)
  return {
    state: { ...entered.state, phase: 'training', startedAtMs: atMs },
    effects: [...entered.effects, { type: 'train', round }],
  }
}

/** Moves to a round: its early updates become current, older ones are late. */
function enter(state: RoundState, round: number): RoundStep {
  const received = new Map<PeerIndex, Update>()
  const early = new Map<PeerIndex, Update>()
  const effects: RoundEffect[] = []
  for (const [sender, update] of state.early) {
    if (update.round === round) received.set(sender, update)
    else if (update.round > round) early.set(sender, update)
    else effects.push({ type: 'reject', from: sender, round: update.round, reason: 'late' })
  }
  let entered: RoundState = { ...state, round, received, early }
  for (const sender of received.keys()) {
    const back = regain(entered, sender, 'missed')
    entered = back.state
    effects.push(...back.effects)
  }
  return { state: entered, effects }
}

/**
 * Jumps to the latest round that enough neighbours have reached, if that is at least two rounds ahead; undefined if
 * not. A lead of one round is normal; with a lead of two, the neighbours have stopped waiting for this peer. Enough is
 * a quorum and more than half of the neighbours, so a few Byzantine peers that claim a late round cannot move a peer.
 *
 * On a time-varying graph a neighbour may be far ahead without harm. There a neighbour counts only if it has passed two
 * rounds in which the two are neighbours.
 */
export function skipAhead(state: RoundState, retrains: boolean): RoundStep | undefined {
  const { rules } = state
  const minimum = Math.max(
    rules.quorum === 'all' ? rules.neighbours.length : rules.quorum,
    (rules.neighbours.length >> 1) + 1,
  )
  const ahead = [...state.early.values()]
    .filter((update) => !rules.at || sharedRounds(state, update) >= 2)
    .map((update) => update.round)
    .sort((a, b) => b - a)
  const target = ahead[minimum - 1]
  if (target === undefined || target < state.round + 2) return undefined
  const late: RoundEffect[] = [...state.received.values()].map((update) => ({
    type: 'reject',
    from: update.sender,
    round: update.round,
    reason: 'late',
  }))
  const entered = enter(state, target)
  return {
    state: entered.state,
    effects: [...late, { type: 'skip', from: state.round, to: target, retrains }, ...entered.effects],
  }
}

/** Number of rounds, from the present one to before the update's, in which its sender is a neighbour; at most 2. */
function sharedRounds({ rules, round }: RoundState, update: Update): number {
  let shared = 0
  for (let r = round; r < update.round && shared < 2; r++) {
    if (rules.at?.(r).neighbours.includes(update.sender)) shared++
  }
  return shared
}
