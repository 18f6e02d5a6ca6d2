import type { ConfiguredAttack } from '#attacks/attack.ts'
import type { PeerIndex } from '#topology/graph.ts'

/** What a Byzantine peer crafted a round's vectors of; peers ascending. */
export interface CraftSources {
  /** Whose honest vectors it had, its own among them. */
  readonly colluders: readonly PeerIndex[]
  /** Which updates of honest neighbours, and of which round; empty where the attack may not look at them. */
  readonly heard: { readonly round: number; readonly peers: readonly PeerIndex[] }
}

/** What is recorded of the sources: only what differs from the usual ones. */
export interface RecordedSources {
  /** Whose honest vectors it was crafted of, where some colluder's was not there. */
  readonly present?: readonly PeerIndex[]
  /** Which updates of honest neighbours, where some of the round that the attack looks at were not there. */
  readonly heard?: CraftSources['heard']
}

/** What a round is crafted of where nothing is late: all colluders, and what all victims of the round in question sent. */
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
  // Nothing heard is the same of any round.
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
