import type { Plan } from '#protocol/plan/plan.ts'
import type { SeatRefusal } from '#protocol/record/events.ts'
import { wiringTimeMs } from '#protocol/session/connect.ts'
import type { PeerIndex } from '#topology/graph.ts'

/** How long the coordinator of an open seating waits for its guests after an assignment, in milliseconds. */
export interface WiringPatience {
  /** Time between two progress requests to peers that are not ready. */
  readonly askMs: number
  /** Until all edges are up. Shorter than any peer's own limit: a peer that gives up would break the swarm. */
  readonly edgesMs: number
  /** Until all engines are ready. */
  readonly readyMs: number
}

/** Two thirds of the shortest wait of any peer for the edges, and one more minute for the engines. */
export function patienceFor(plan: Plan): WiringPatience {
  const waits = plan.neighbours.map((neighbours) => wiringTimeMs((plan.n * neighbours.length) / 2))
  const edgesMs = (2 / 3) * Math.min(...waits)
  return { askMs: edgesMs / 4, edgesMs, readyMs: edgesMs + 60_000 }
}

/** The state of a seat while the swarm is wired. */
export interface Standing {
  readonly peer: PeerIndex
  /** Whether it may lose its seat: peers that the host launched keep theirs. */
  readonly guest: boolean
  readonly ready: boolean
  /** Its number of neighbours. */
  readonly degree: number
  /** Neighbours to which it reports no edge; undefined before its first answer. */
  readonly missing: readonly PeerIndex[] | undefined
  /** How often it was at one end of a missing edge for which either end could be at fault. */
  readonly suspicion: number
  /** Order of joining: a later peer has a larger number. */
  readonly arrival: number
}

/** A standing, with the progress requests unanswered since the peer's last reply. */
export interface HeardStanding extends Standing {
  readonly unanswered: number
}

/**
 * A guest that leaves this many requests in a row unanswered is silent. Requests are counted, not timed: a host that
 * wakes from sleep evicts nobody.
 */
const maxUnanswered = 2

/** Decides which guests lose their seats, and why, `sinceMs` after the assignment. */
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
    missing: standing.unanswered < maxUnanswered ? (standing.missing ?? []) : undefined,
  }))
  const { evicted, suspected, broken } = selectEvictions(fresh)
  const lost = new Map<PeerIndex, SeatRefusal>([...evicted].filter(([, reason]) => reason === 'silent'))
  if (sinceMs < patience.edgesMs) return { lost, suspected: new Set(), broken: [] }
  for (const [peer, reason] of evicted) lost.set(peer, reason)
  if (sinceMs >= patience.readyMs)
    for (const { peer, guest, ready, missing } of fresh)
      if (guest && !ready && missing?.length === 0 && !lost.has(peer)) lost.set(peer, 'not-ready')
  return { lost, suspected, broken }
}

/**
 * Chooses guests to evict so that the remaining peers are fully connected, as far as the peers report.
 *
 * First it evicts the guests that never answered. Then it evicts the guest with the most missing edges, and repeats
 * this until no edge is missing. An edge counts against both ends. Therefore a peer that reports all of its edges as
 * missing is as suspect as a peer that all others report. No peer can drive the others out.
 *
 * If the worst guest has only one missing edge, either end may be at fault. Then the guest suspected more often goes,
 * or else the one that joined last, and both ends count as `suspected`.
 *
 * A peer that the host launched is never evicted. If more than half of its edges are missing, it is `broken`, and no
 * guest is evicted for its edges.
 */
export function selectEvictions(standings: readonly Standing[]): {
  readonly evicted: ReadonlyMap<PeerIndex, 'silent' | 'missing-edges'>
  readonly suspected: ReadonlySet<PeerIndex>
  readonly broken: readonly PeerIndex[]
} {
  const evicted = new Map<PeerIndex, 'silent' | 'missing-edges'>()
  const suspected = new Set<PeerIndex>()
  const broken: PeerIndex[] = []
  for (const { peer, guest, ready, missing } of standings)
    if (guest && !ready && missing === undefined) evicted.set(peer, 'silent')
  const seated = new Map(standings.map((standing) => [standing.peer, standing]))
  let edges = [...edgesMissing(standings, seated)].filter(([a, b]) => !evicted.has(a) && !evicted.has(b))
  while (edges.length > 0) {
    const counts = new Map<PeerIndex, number>()
    for (const edge of edges) for (const peer of edge) counts.set(peer, (counts.get(peer) ?? 0) + 1)
    const charged = [...counts].map(([peer, count]) => ({ peer, count, standing: seated.get(peer) as Standing }))
    const failing = charged.find(({ count, standing }) => !standing.guest && 2 * count > standing.degree)
    const worst = failing ?? charged.filter(({ standing }) => standing.guest).sort(worseFirst)[0]
    if (!worst) break
    const own = edges.filter((edge) => edge.includes(worst.peer))
    if (failing) broken.push(worst.peer)
    else evicted.set(worst.peer, 'missing-edges')
    if (!failing && worst.count === 1) for (const peer of own.flat()) suspected.add(peer)
    edges = edges.filter((edge) => !own.includes(edge))
  }
  return { evicted, suspected, broken }
}

interface Charge {
  readonly count: number
  readonly standing: Standing
}

function worseFirst(a: Charge, b: Charge): number {
  return b.count - a.count || b.standing.suspicion - a.standing.suspicion || b.standing.arrival - a.standing.arrival
}

/** Edges between seated peers that either end reports as missing, each once. A ready peer reports none. */
function edgesMissing(
  standings: readonly Standing[],
  seated: ReadonlyMap<PeerIndex, Standing>,
): Iterable<readonly [PeerIndex, PeerIndex]> {
  const edges = new Map<string, readonly [PeerIndex, PeerIndex]>()
  for (const { peer, ready, missing } of standings) {
    if (ready) continue
    for (const other of missing ?? []) {
      if (other === peer || !seated.has(other)) continue
      const edge = [Math.min(peer, other), Math.max(peer, other)] as const
      edges.set(edge.join('-'), edge)
    }
  }
  return edges.values()
}
