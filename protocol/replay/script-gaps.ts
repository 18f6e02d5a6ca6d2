import type { PeerIndex } from '#topology/graph.ts'
import type { CraftSources, RecordedSources } from '../record/craft-sources.ts'
import { roundsOf, type ScriptEntry } from './script.ts'

/** The Byzantine peers of a recorded run, and the sources of their crafts. */
export interface ScriptedRun {
  /** The peers that sent crafted vectors. */
  readonly byzantinePeers: readonly PeerIndex[]
  /** The sources of a Byzantine peer's craft in a round, completed from the recorded ones. */
  sources(byzantinePeer: PeerIndex, round: number, recorded: RecordedSources): CraftSources
}

/**
 * The reason why the scripts of a run do not suffice for a replay; undefined if they do. They do not if events of a
 * peer are missing: a round of its script, or the sending of an update that another peer used. O(entries x neighbours).
 */
export function lostFrom(
  scripts: ReadonlyMap<PeerIndex, readonly ScriptEntry[]>,
  { byzantinePeers, sources }: ScriptedRun,
): string | undefined {
  const trained = new Map<PeerIndex, ReadonlySet<number>>()
  for (const [peer, script] of scripts) {
    const rounds = trainedRounds(script)
    if (typeof rounds === 'number') return `the events of peer ${peer} in round ${rounds + 1} are missing`
    trained.set(peer, rounds)
  }
  const crafted = new Set(
    byzantinePeers.flatMap((byzantinePeer) =>
      (scripts.get(byzantinePeer) ?? []).flatMap((entry) =>
        entry.type === 'crafted' ? [`${byzantinePeer}/${entry.round}`] : [],
      ),
    ),
  )
  // A peer without any event may still have sent its first update.
  const didTrain = (peer: PeerIndex, round: number): boolean => trained.get(peer)?.has(round) ?? round === 0
  const lost = (user: PeerIndex, sender: PeerIndex, round: number): string =>
    `the events of peer ${sender} in round ${round + 1} are missing, and peer ${user} used its update`
  for (const [peer, script] of scripts) {
    const byzantine = byzantinePeers.includes(peer)
    for (const entry of script) {
      if (entry.type === 'closed') {
        const { round } = entry
        for (const sender of entry.accepted) {
          // A Byzantine peer may send another one its honest vector, without an event `attack-crafted`.
          const sent =
            didTrain(sender, round) &&
            (byzantine || !byzantinePeers.includes(sender) || crafted.has(`${sender}/${round}`))
          if (!sent) return lost(peer, sender, round)
        }
      } else if (entry.type === 'crafted') {
        const { round } = entry
        const { colluders, heard } = sources(peer, round, entry)
        for (const otherColluder of colluders)
          if (!didTrain(otherColluder, round)) return lost(peer, otherColluder, round)
        for (const other of heard.peers) if (!didTrain(other, heard.round)) return lost(peer, other, heard.round)
      }
    }
  }
  return undefined
}

/** The rounds with an update of a peer; if its script has a gap, the first missing round. */
function trainedRounds(script: readonly ScriptEntry[]): ReadonlySet<number> | number {
  const rounds = new Set<number>()
  let round = 0
  for (const entry of roundsOf(script)) {
    if (entry.type === 'stopped') return rounds
    if (entry.round !== round) return round
    if (entry.type !== 'skipped' || entry.retrains) rounds.add(round)
    round = entry.type === 'skipped' ? entry.to : round + 1
  }
  // After the end of its script, the peer may have trained and sent once more.
  return rounds.add(round)
}
