import type { PeerIndex } from '#topology/graph.ts'

/** How a seat stands while the swarm is wired. */
export interface Standing {
  readonly peer: PeerIndex
  /** Whether it may lose its seat: what the host launched itself keeps it. */
  readonly guest: boolean
  readonly ready: boolean
  /** How many neighbours it has. */
  readonly degree: number
  /** Edges that it says are not up; undefined as long as it never answered. */
  readonly missing: readonly PeerIndex[] | undefined
  /** How often it stood at an edge of which nobody could tell which end is at fault. */
  readonly suspicion: number
  /** When it sat down; later is larger. */
  readonly arrival: number
}

/**
 * Whose guests' seats are to be free again, so that all edges between the others are up as far as anybody says: those who
 * never answered; then, of the edges that an end misses, the guest with most of them, again and again. A peer that
 * complains of all its neighbours has as many as one that all complain of, so that nobody drives the others out. At an
 * edge that stands alone either end may lie: the one that stood at such an edge before goes, then the one that came last,
 * and both are suspected from then on. A peer of the host is believed, unless more than half of its edges are missing:
 * then it is `broken`, and no guest answers for it.
 */
export function toBlame(standings: readonly Standing[]): {
  readonly blamed: ReadonlyMap<PeerIndex, 'silent' | 'missing-edges'>
  readonly suspected: ReadonlySet<PeerIndex>
  readonly broken: readonly PeerIndex[]
} {
  const blamed = new Map<PeerIndex, 'silent' | 'missing-edges'>()
  const suspected = new Set<PeerIndex>()
  const broken: PeerIndex[] = []
  for (const { peer, guest, ready, missing } of standings)
    if (guest && !ready && missing === undefined) blamed.set(peer, 'silent')
  const seated = new Map(standings.map((standing) => [standing.peer, standing]))
  let edges = [...edgesMissing(standings, seated)].filter(([a, b]) => !blamed.has(a) && !blamed.has(b))
  while (edges.length > 0) {
    const counts = new Map<PeerIndex, number>()
    for (const edge of edges) for (const peer of edge) counts.set(peer, (counts.get(peer) ?? 0) + 1)
    const charged = [...counts].map(([peer, count]) => ({ peer, count, standing: seated.get(peer) as Standing }))
    const failing = charged.find(({ count, standing }) => !standing.guest && 2 * count > standing.degree)
    const worst = failing ?? charged.filter(({ standing }) => standing.guest).sort(worseFirst)[0]
    if (!worst) break
    const own = edges.filter((edge) => edge.includes(worst.peer))
    if (failing) broken.push(worst.peer)
    else blamed.set(worst.peer, 'missing-edges')
    if (!failing && worst.count === 1) for (const peer of own.flat()) suspected.add(peer)
    edges = edges.filter((edge) => !own.includes(edge))
  }
  return { blamed, suspected, broken }
}

interface Charge {
  readonly count: number
  readonly standing: Standing
}

function worseFirst(a: Charge, b: Charge): number {
  return b.count - a.count || b.standing.suspicion - a.standing.suspicion || b.standing.arrival - a.standing.arrival
}

/** Edges between seated peers that either end misses, each once; a ready peer misses none. */
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
