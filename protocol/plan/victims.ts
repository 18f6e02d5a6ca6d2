import type { Victim } from '#attacks/attack.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Overlay, RoundGraph } from './overlay.ts'

interface Known {
  readonly byzantine: readonly PeerIndex[]
  readonly liars: ReadonlySet<PeerIndex>
  readonly ofLiar: Map<PeerIndex, readonly Victim[]>
}

/** What was found of each graph, which every liar asks for many times in a round. */
const ofGraph = new WeakMap<RoundGraph['neighbours'], Known>()

/** The victims of a liar in a round: its honest neighbours, with the size of each one's neighbourhood and the liars in it. */
export function victimsOf(
  { at: graphOf, byzantine }: Pick<Overlay, 'at' | 'byzantine'>,
  liar: PeerIndex,
  round = 0,
): readonly Victim[] {
  const { neighbours } = graphOf(round)
  let known = ofGraph.get(neighbours)
  if (known?.byzantine !== byzantine) {
    known = { byzantine, liars: new Set(byzantine), ofLiar: new Map() }
    ofGraph.set(neighbours, known)
  }
  const before = known.ofLiar.get(liar)
  if (before) return before
  const { liars } = known
  const victims = (neighbours[liar] ?? [])
    .filter((peer) => !liars.has(peer))
    .map((peer) => {
      const others = neighbours[peer] ?? []
      return { peer, n: others.length + 1, m: others.filter((other) => liars.has(other)).length }
    })
  known.ofLiar.set(liar, victims)
  return victims
}
