import type { LoggedEvent } from '#protocol/record/events.ts'
import { honestPeers, rosterOf } from './log.ts'
import type { InfluenceRounds } from './summary.ts'

/** Maximum number of steps of the slider. */
export const maxSteps = 12
/**
 * Maximum number of edges into honest peers. With more, only edges from Byzantine peers are kept, or none if those are
 * too many, too.
 */
const maxEdges = 600

/**
 * Influence on every edge into an honest peer at up to 12 evenly spaced rounds, the first and the last included.
 * O(events).
 */
export function influenceRounds(log: readonly LoggedEvent[]): InfluenceRounds | null {
  const roster = rosterOf(log)
  const honest = honestPeers(roster)
  const all = roster
    .filter(({ peer }) => honest.has(peer))
    .flatMap(({ peer, neighbours }) => neighbours.map((from) => ({ peer, from })))
  const liarsOnly = all.length > maxEdges
  const edges = liarsOnly ? all.filter(({ from }) => !honest.has(from)) : all
  if (edges.length === 0 || edges.length > maxEdges) return null
  const closed = log.filter((event) => event.type === 'round-closed' && honest.has(event.peer))
  const rounds = spaced([...new Set(closed.map((event) => (event.type === 'round-closed' ? event.round : 0)))])
  if (rounds.length === 0) return null
  const wanted = new Set(rounds)
  const shares = new Map<string, number>()
  for (const event of closed) {
    if (event.type !== 'round-closed' || !wanted.has(event.round)) continue
    for (const [from, share] of event.influence) shares.set(`${event.round}/${event.peer}/${from}`, share)
  }
  return {
    rounds,
    liarsOnly,
    edges: edges.map(({ peer, from }) => ({
      peer,
      from,
      shares: rounds.map((round) => {
        const share = shares.get(`${round}/${peer}/${from}`)
        return share === undefined ? null : Math.round(share * 1e4) / 1e4
      }),
    })),
  }
}

function spaced(rounds: readonly number[]): number[] {
  const sorted = [...rounds].sort((a, b) => a - b)
  if (sorted.length <= maxSteps) return sorted
  const picked = Array.from(
    { length: maxSteps },
    (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (maxSteps - 1))],
  )
  return picked.filter((round) => round !== undefined)
}
