import type { CraftContext, Known } from '../attack.ts'

/**
 * The vectors that an attack may compute statistics of: all honest vectors if they are known, else the colluders' own
 * and those received.
 */
export function knownVectors(known: Known): readonly Float32Array[] {
  if ('honest' in known && known.honest.length > 0) return known.honest
  return 'heard' in known ? [...known.colluders, ...known.heard.map(({ vector }) => vector)] : known.colluders
}

/**
 * Known vectors of honest peers, by peer index: all of them if the honest vectors and the graph are known, else those
 * received.
 */
export function honestByPeer(known: Known, { graph }: Pick<CraftContext, 'graph'>): ReadonlyMap<number, Float32Array> {
  if (!('heard' in known)) return new Map()
  const heard = new Map(known.heard.map(({ peer, vector }) => [peer, vector]))
  if (!('honest' in known) || !graph) return heard
  const byzantinePeers = new Set(graph.byzantine)
  const peers = graph.rows.map((_, peer) => peer).filter((peer) => !byzantinePeers.has(peer))
  if (peers.length !== known.honest.length) return heard
  return new Map(peers.map((peer, i) => [peer, known.honest[i] as Float32Array]))
}

/** The crafting peer's own honest vector (d), or the first known vector if its own is not known. Not a copy. */
export function ownVector(known: Known, { own = 0 }: Pick<CraftContext, 'own'>): Float32Array {
  const vector = known.colluders[own] ?? knownVectors(known)[0]
  if (!vector) throw new RangeError('an attack needs at least one known vector')
  return vector
}
