import type { ConfiguredAttack } from '#attacks/attack.ts'
import type { PeerIndex } from '#topology/graph.ts'

/** The vectors from which a Byzantine peer crafted those of a round; peers ascending. */
export interface CraftSources {
  /** Peers of the coalition, itself included, with their honest vectors at hand. */
  readonly colluders: readonly PeerIndex[]
  /** The honest neighbours with their updates at hand, and their round; empty if the attack may not see them. */
  readonly heard: { readonly round: number; readonly peers: readonly PeerIndex[] }
}

/** The recorded part of the sources: only the differences from the usual ones. */
export interface RecordedSources {
  /** `colluders` of the sources, if a colluder's vector was missing. */
  readonly present?: readonly PeerIndex[]
  /** `heard` of the sources, if a neighbour's update was missing. */
  readonly heard?: CraftSources['heard']
}

/** The sources of a round if nothing is late: all of the coalition, and all victims' updates of the attack's round. */
export function usualSources(
  round: number,
  byzantinePeers: readonly PeerIndex[],
  { knowledge, rushing }: Pick<ConfiguredAttack, 'knowledge' | 'rushing'>,
  victims: (round: number) => readonly { readonly peer: PeerIndex }[],
): CraftSources {
  const of = rushing ? round : round - 1
  const peers = knowledge === 'colluders' || of < 0 ? [] : victims(of).map(({ peer }) => peer)
  return { colluders: ascending(byzantinePeers), heard: { round: of, peers: ascending(peers) } }
}

export function recordedSources(sources: CraftSources, usual: CraftSources): RecordedSources {
  // Two empty lists are equal for any round.
  const heardAlike =
    same(sources.heard.peers, usual.heard.peers) &&
    (sources.heard.round === usual.heard.round || usual.heard.peers.length === 0)
  return {
    ...(same(sources.colluders, usual.colluders) ? {} : { present: sources.colluders }),
    ...(heardAlike ? {} : { heard: sources.heard }),
  }
}

function ascending(peers: readonly PeerIndex[]): PeerIndex[] {
  return [...peers].sort((a, b) => a - b)
}

function same(a: readonly PeerIndex[], b: readonly PeerIndex[]): boolean {
  return a.length === b.length && a.every((peer, i) => peer === b[i])
}
