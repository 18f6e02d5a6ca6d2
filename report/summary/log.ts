import type { LoggedEvent, RosterEntry, RunEvent } from '#protocol/record/events.ts'
import type { PeerIndex } from '#topology/graph.ts'

/** The roster of a log. Throws RangeError if there is none. */
export function rosterOf(log: readonly LoggedEvent[]): readonly RosterEntry[] {
  const roster = log.find((event) => event.type === 'roster')
  if (!roster) throw new RangeError('a log needs a roster event, got none')
  return roster.peers
}

export function honestPeers(roster: readonly RosterEntry[]): ReadonlySet<PeerIndex> {
  return new Set(roster.filter((entry) => entry.role === 'honest').map((entry) => entry.peer))
}

/** The events of each peer, in the order of the log. */
export function eventsByPeer(log: readonly LoggedEvent[]): Map<PeerIndex, RunEvent[]> {
  return groupBy(
    log.filter((event) => event.type !== 'roster'),
    (event) => event.peer,
  )
}

/** Map.groupBy, which Node 20 lacks. */
export function groupBy<T, K>(values: readonly T[], key: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const value of values) {
    const group = groups.get(key(value))
    if (group) group.push(value)
    else groups.set(key(value), [value])
  }
  return groups
}
