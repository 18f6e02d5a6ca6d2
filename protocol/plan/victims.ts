import type { Victim } from '#attacks/attack.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Overlay, RoundGraph } from './overlay.ts'

interface Known {
  readonly byzantine: readonly PeerIndex[]
  readonly byzantinePeers: ReadonlySet<PeerIndex>
  readonly ofByzantinePeer: Map<PeerIndex, readonly Victim[]>
}

/** Results for each graph: every Byzantine peer asks many times in a round. */
const ofGraph = new WeakMap<RoundGraph['neighbours'], Known>()

/**
 * The victims of a Byzantine peer in a round: its honest neighbours, each with the size n of its neighbourhood and the
 * number m of Byzantine peers in it.
 */
export function victimsOf(
  { at: graphOf, byzantine }: Pick<Overlay, 'at' | 'byzantine'>,
  byzantinePeer: PeerIndex,
  round = 0,
): readonly Victim[] {
  const { neighbours } = graphOf(round)
  let known = ofGraph.get(neighbours)
  if (known?.byzantine !== byzantine) {
    known = { byzantine, byzantinePeers: new Set(byzantine), ofByzantinePeer: new Map() }
    ofGraph.set(neighbours, known)
  }
  const before = known.ofByzantinePeer.get(byzantinePeer)
  if (before) return before
  const { byzantinePeers } = known
  const victims = (neighbours[byzantinePeer] ?? [])
    .filter((peer) => !byzantinePeers.has(peer))
    .map((peer) => {
      const others = neighbours[peer] ?? []
      return { peer, n: others.length + 1, m: others.filter((other) => byzantinePeers.has(other)).length }
    })
  known.ofByzantinePeer.set(byzantinePeer, victims)
  return victims
}
