import type { Plan } from '#protocol/plan/plan.ts'
import type { SeatRefusal } from '#protocol/record/events.ts'
import { wiringTimeMs } from '#protocol/session/connect.ts'
import type { PeerIndex } from '#topology/graph.ts'

/** How long the coordinator of an open seating waits for its guests after an assignment, milliseconds. */
export interface WiringPatience {
  /** Time between two progress requests to peers that are not ready. */
  readonly askMs: number
  /** Until all edges are up: less than any peer waits itself, which would break the swarm. */
  readonly edgesMs: number
  /** Until all compute. */
  readonly readyMs: number
}

/** Two thirds of the time that the peer with the fewest edges waits, and a minute more for those that only compute. */
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
  /** Edges that it reports as not up; undefined as long as it never answered. */
  readonly missing: readonly PeerIndex[] | undefined
  /** How often it stood at a missing edge where either end could be at fault. */
  readonly suspicion: number
  /** When it sat down; later is larger. */
  readonly arrival: number
}

/** A standing, with the progress requests unanswered since the peer's last reply. */
export interface HeardStanding extends Standing {
  readonly unanswered: number
}

/**
 * Requests in a row without an answer after which a guest is silent. They are counted and not timed, so that a host
 * that slept evicts nobody.
 */
const maxUnanswered = 2

/** Decides which guests lose their seats, and why, so many milliseconds after the assignment. */
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
 * Guests that never answered go first. Then the guest at the end of most missing edges goes, again and again, until
 * none is missing. A peer that reports all of its edges as missing counts as many as a peer that all others report, so
 * that no peer can drive the others out.
 *
 * Where a missing edge stands alone, either end may be at fault: the guest suspected more often goes, else the one that
 * came last. Both ends are `suspected` from then on.
 *
 * The report of a peer that the host launched is believed, unless more than half of its edges are missing. Such a peer
 * is `broken`, and no guest is evicted for its edges.
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

/** Edges between seated peers that either end reports as missing, each once; a ready peer misses none. */
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
