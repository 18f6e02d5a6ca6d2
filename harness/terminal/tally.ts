import type { LoggedEvent } from '#protocol/record/events.ts'
import type { PeerIndex } from '#topology/graph.ts'

/** The progress of a run, from its events. */
export interface Tally {
  /** Adds an event; returns whether the progress may have changed. */
  record(event: LoggedEvent): boolean
  /** Rounds that the slowest honest peer closed, without peers that stopped early. */
  rounds(): number
  /** Accuracy in the last round that all running honest peers evaluated; undefined before the first. */
  accuracy(): { readonly mean: number; readonly worst: number } | undefined
}

/** Creates a tally, which ignores events before the roster. */
export function createTally(): Tally {
  const done = new Map<PeerIndex, number>()
  const gone = new Set<PeerIndex>()
  /** By round and peer. */
  const evaluations = new Map<number, Map<PeerIndex, number>>()
  let complete = -1
  const evaluate = (round: number, peer: PeerIndex, accuracy: number): void => {
    const ofRound = evaluations.get(round) ?? new Map<PeerIndex, number>()
    evaluations.set(round, ofRound.set(peer, accuracy))
    const all = [...done.keys()].every((honest) => gone.has(honest) || ofRound.has(honest))
    if (all && round > complete) complete = round
  }
  return {
    record(event) {
      if (event.type === 'roster') {
        for (const entry of event.peers) if (entry.role === 'honest') done.set(entry.peer, 0)
        return false
      }
      if (!done.has(event.peer)) return false
      if (event.type === 'round-closed') done.set(event.peer, event.round + 1)
      else if (event.type === 'evaluated') evaluate(event.round, event.peer, event.accuracy)
      else if (event.type === 'stopped' && event.reason !== 'finished') gone.add(event.peer)
      else return false
      return true
    },
    rounds() {
      const running = [...done].filter(([peer]) => !gone.has(peer)).map(([, rounds]) => rounds)
      return running.length > 0 ? Math.min(...running) : Math.max(0, ...done.values())
    },
    accuracy() {
      const values = [...(evaluations.get(complete)?.values() ?? [])]
      if (values.length === 0) return undefined
      return { mean: values.reduce((sum, value) => sum + value, 0) / values.length, worst: Math.min(...values) }
    },
  }
}
