import type { PeerIndex } from '#topology/graph.ts'
import type { RecordedSources } from '../record/craft-sources.ts'
import type { LoggedEvent } from '../record/events.ts'
import type { RoundEffect, RoundEvent, RoundState, RoundStep } from '../round/state.ts'
import type { Update } from '../round/update.ts'

/** One entry of a peer's script, which lists in order its rounds and, for a Byzantine peer, its crafts. */
export type ScriptEntry = RoundEntry | ConductEntry
type RoundEntry =
  | { readonly type: 'closed'; readonly round: number; readonly accepted: readonly PeerIndex[] }
  | { readonly type: 'starved'; readonly round: number }
  | { readonly type: 'skipped'; readonly round: number; readonly to: number; readonly retrains: boolean }
  | { readonly type: 'stopped'; readonly reason: 'finished' | 'starved' }

type ConductEntry =
  | ({ readonly type: 'crafted'; readonly round: number } & RecordedSources)
  | { readonly type: 'overtaken'; readonly round: number; readonly from: PeerIndex }

/**
 * The scripts of a run, by peer: the updates that each peer used in each round. A log keeps one peer's events in order.
 */
export function scriptsOf(log: readonly LoggedEvent[]): Map<PeerIndex, ScriptEntry[]> {
  const scripts = new Map<PeerIndex, ScriptEntry[]>()
  for (const event of log) {
    if (event.type === 'roster') continue
    const script = scripts.get(event.peer) ?? []
    scripts.set(event.peer, script)
    const { round } = event
    if (event.type === 'round-closed') script.push({ type: 'closed', round, accepted: event.accepted })
    else if (event.type === 'starved') script.push({ type: 'starved', round })
    else if (event.type === 'rounds-skipped') {
      script.push({ type: 'skipped', round, to: event.to, retrains: event.retrains })
    } else if (event.type === 'stopped' && (event.reason === 'finished' || event.reason === 'starved')) {
      script.push({ type: 'stopped', reason: event.reason })
    } else if (event.type === 'attack-crafted') {
      const { present, heard } = event
      script.push({ type: 'crafted', round, ...(present ? { present } : {}), ...(heard ? { heard } : {}) })
    } else if (event.type === 'attack-overtaken') script.push({ type: 'overtaken', round, from: event.from })
  }
  return scripts
}

/**
 * The state machine of a round, with decisions from a script. A round closes as soon as the recorded updates are here,
 * whatever else has come; time plays no part. The script may end before the peer stopped, because the peer left or its
 * process died. Then the peer trains and sends once more, because others may have used that update. After that it does
 * nothing.
 */
export function followScript(entries: readonly ScriptEntry[]): (state: RoundState, event: RoundEvent) => RoundStep {
  const script = roundsOf(entries)
  const inbox = new Map<number, Map<PeerIndex, Update>>()
  let position = 0

  /** Follows the script until it needs an update that has not arrived. */
  const advance = (state: RoundState, effects: RoundEffect[]): RoundStep => {
    const entry = script[position]
    if (state.phase !== 'waiting' || !entry) return { state, effects }
    switch (entry.type) {
      case 'closed': {
        const here = inbox.get(entry.round)
        const updates = entry.accepted.flatMap((sender) => here?.get(sender) ?? [])
        if (updates.length < entry.accepted.length) return { state, effects }
        position += 1
        const missing = state.rules.neighbours.filter((peer) => !entry.accepted.includes(peer))
        effects.push({
          type: 'aggregate',
          round: entry.round,
          updates: updates.sort((a, b) => a.sender - b.sender),
          missing,
          closing: 'complete',
          waitedMs: 0,
        })
        return { state: { ...state, phase: 'aggregating' }, effects }
      }
      case 'starved':
        position += 1
        effects.push({ type: 'starve', round: entry.round, received: 0, quorum: 0 })
        return next(state, effects)
      case 'skipped':
        position += 1
        effects.push({ type: 'skip', from: entry.round, to: entry.to, retrains: entry.retrains })
        return train({ ...state, round: entry.to }, effects)
      case 'stopped':
        return next(state, effects)
    }
  }

  const next = (state: RoundState, effects: RoundEffect[]): RoundStep => {
    const entry = script[position]
    if (entry?.type !== 'stopped') return train({ ...state, round: state.round + 1 }, effects)
    effects.push({ type: 'stop', reason: entry.reason })
    return { state: { ...state, phase: 'stopped' }, effects }
  }

  const train = (state: RoundState, effects: RoundEffect[]): RoundStep => {
    for (const round of inbox.keys()) if (round < state.round) inbox.delete(round)
    if (state.round < state.rules.rounds) effects.push({ type: 'train', round: state.round })
    return { state: { ...state, phase: 'training' }, effects }
  }

  return (state, event) => {
    if (state.phase === 'stopped') return { state, effects: [] }
    switch (event.type) {
      case 'started':
        return train(state, [])
      case 'trained': {
        const entry = script[position]
        if (entry?.type !== 'skipped' || entry.retrains) {
          return advance({ ...state, phase: 'waiting' }, [{ type: 'send', round: state.round }])
        }
        position += 1
        const jumped: RoundState = { ...state, round: entry.to, phase: 'waiting' }
        return advance(jumped, [
          { type: 'skip', from: entry.round, to: entry.to, retrains: false },
          { type: 'send', round: entry.to },
        ])
      }
      case 'update-received': {
        const { update } = event
        if (update.round < state.round) return { state, effects: [] }
        const round = inbox.get(update.round) ?? new Map<PeerIndex, Update>()
        inbox.set(update.round, round)
        if (!round.has(update.sender)) round.set(update.sender, update)
        return advance(state, [])
      }
      case 'aggregated':
        return state.phase === 'aggregating' ? next(state, []) : { state, effects: [] }
      case 'stop-asked':
        return { state: { ...state, phase: 'stopped' }, effects: [{ type: 'stop', reason: 'left' }] }
      case 'peer-alive':
      case 'timer-fired':
        return { state, effects: [] }
    }
  }
}

export function roundsOf(script: readonly ScriptEntry[]): RoundEntry[] {
  return script.filter((entry) => entry.type !== 'crafted' && entry.type !== 'overtaken')
}
