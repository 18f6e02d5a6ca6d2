import type { Plan } from '#protocol/plan/plan.ts'
import type { SeatRefusal } from '#protocol/record/events.ts'
import { wiringTimeMs } from '#protocol/session/connect.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { type Standing, toBlame } from './seat-blame.ts'

/** How long the coordinator of an open seating bears with its guests after an assignment, milliseconds. */
export interface WiringPatience {
  /** How often those that are not ready are asked how far they are. */
  readonly askMs: number
  /** Until all edges are up: less than any member waits itself, which would break the swarm. */
  readonly edgesMs: number
  /** Until all compute. */
  readonly readyMs: number
}

/** Two thirds of what the member with the fewest edges waits, and a minute more for those that only compute. */
export function patienceFor(plan: Plan): WiringPatience {
  const waits = plan.neighbours.map((neighbours) => wiringTimeMs((plan.n * neighbours.length) / 2))
  const edgesMs = (2 / 3) * Math.min(...waits)
  return { askMs: edgesMs / 4, edgesMs, readyMs: edgesMs + 60_000 }
}

/** A standing, with the questions that the peer has not answered since it last did. */
export interface HeardStanding extends Standing {
  readonly unanswered: number
}

/** Questions in a row without an answer after which a guest is silent: counted, so that a host that slept blames nobody. */
const mostUnanswered = 2

/** Whose guests' seats are to be free again, so many milliseconds after the assignment. */
export function verdictOf(
  standings: readonly HeardStanding[],
  sinceMs: number,
  patience: WiringPatience,
): {
  readonly lost: ReadonlyMap<PeerIndex, SeatRefusal>
  readonly suspected: ReadonlySet<PeerIndex>
  readonly broken: readonly PeerIndex[]
} {
  const fresh = standings.map((standing) => ({
    ...standing,
    missing: standing.unanswered < mostUnanswered ? (standing.missing ?? []) : undefined,
  }))
  const { blamed, suspected, broken } = toBlame(fresh)
  const lost = new Map<PeerIndex, SeatRefusal>([...blamed].filter(([, reason]) => reason === 'silent'))
  if (sinceMs < patience.edgesMs) return { lost, suspected: new Set(), broken: [] }
  for (const [peer, reason] of blamed) lost.set(peer, reason)
  if (sinceMs >= patience.readyMs)
    for (const { peer, guest, ready, missing } of fresh)
      if (guest && !ready && missing?.length === 0 && !lost.has(peer)) lost.set(peer, 'not-ready')
  return { lost, suspected, broken }
}
