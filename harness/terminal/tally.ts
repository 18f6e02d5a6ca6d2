import type { LoggedEvent } from '#protocol/events.ts'
import type { PeerIndex } from '#protocol/ports.ts'

/** How far a run is, from its events as they come. */
export interface Tally {
  /** Takes an event; whether anything shown may have changed. */
  record(event: LoggedEvent): boolean
  /** Rounds done by the slowest honest peer, those that stopped early not counted. */
  rounds(): number
  /** Of the honest peers' last evaluations; undefined before the first. */
  accuracy(): { readonly mean: number; readonly worst: number } | undefined
}

/** Counts nothing until the roster has said who is honest. */
export function createTally(): Tally {
  const done = new Map<PeerIndex, number>()
  const gone = new Set<PeerIndex>()
  const accuracies = new Map<PeerIndex, number>()
  return {
    record(event) {
      if (event.type === 'roster') {
        for (const entry of event.peers) if (entry.role === 'honest') done.set(entry.peer, 0)
        return false
      }
      if (!done.has(event.peer)) return false
      if (event.type === 'round-closed') done.set(event.peer, event.round + 1)
      else if (event.type === 'evaluated') accuracies.set(event.peer, event.accuracy)
      else if (event.type === 'stopped' && event.reason !== 'finished') gone.add(event.peer)
      else return false
      return true
    },
    rounds() {
      const running = [...done].filter(([peer]) => !gone.has(peer)).map(([, rounds]) => rounds)
      return running.length > 0 ? Math.min(...running) : Math.max(0, ...done.values())
    },
    accuracy() {
      const values = [...accuracies.values()]
      if (values.length === 0) return undefined
      return { mean: values.reduce((sum, value) => sum + value, 0) / values.length, worst: Math.min(...values) }
    },
  }
}
