import type { PeerIndex } from '#topology/graph.ts'
import type { CraftSources, RecordedSources } from '../record/craft-sources.ts'
import { roundsOf, type ScriptEntry } from './script.ts'

/** What to look for in the scripts of a run. */
export interface ScriptedRun {
  /** Those who sent what they crafted. */
  readonly byzantinePeers: readonly PeerIndex[]
  /** What a Byzantine peer crafted a round of, as recorded. */
  sources(byzantinePeer: PeerIndex, round: number, recorded: RecordedSources): CraftSources
}

/**
 * Why a run cannot be computed again from its scripts: a peer used what, by the scripts, nobody sent, because the events
 * of the sender never came. Undefined where all is there. O(entries x neighbours).
 */
export function lostFrom(
  scripts: ReadonlyMap<PeerIndex, readonly ScriptEntry[]>,
  { byzantinePeers, sources }: ScriptedRun,
): string | undefined {
  const trained = new Map<PeerIndex, ReadonlySet<number>>()
  for (const [peer, script] of scripts) {
    const rounds = trainedRounds(script)
    if (typeof rounds === 'number') return `what peer ${peer} did in round ${rounds + 1} was not heard`
    trained.set(peer, rounds)
  }
  const crafted = new Set(
    byzantinePeers.flatMap((byzantinePeer) =>
      (scripts.get(byzantinePeer) ?? []).flatMap((entry) =>
        entry.type === 'crafted' ? [`${byzantinePeer}/${entry.round}`] : [],
      ),
    ),
  )
  // A peer that was never heard of may still have sent its first update.
  const didTrain = (peer: PeerIndex, round: number): boolean => trained.get(peer)?.has(round) ?? round === 0
  const lost = (user: PeerIndex, sender: PeerIndex, round: number): string =>
    `what peer ${sender} did in round ${round + 1} was not heard, and peer ${user} used its update`
  for (const [peer, script] of scripts) {
    const lies = byzantinePeers.includes(peer)
    for (const entry of script) {
      if (entry.type === 'closed') {
        const { round } = entry
        for (const sender of entry.accepted) {
          // Between Byzantine peers a vector may travel for which nothing had to be crafted.
          const sent =
            didTrain(sender, round) && (lies || !byzantinePeers.includes(sender) || crafted.has(`${sender}/${round}`))
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

/** The rounds for which a peer had an update; the first round that its script has nothing of, where it has a hole. */
function trainedRounds(script: readonly ScriptEntry[]): ReadonlySet<number> | number {
  const rounds = new Set<number>()
  let round = 0
  for (const entry of roundsOf(script)) {
    if (entry.type === 'stopped') return rounds
    if (entry.round !== round) return round
    if (entry.type !== 'skipped' || entry.retrains) rounds.add(round)
    round = entry.type === 'skipped' ? entry.to : round + 1
  }
  // Where the script ends the peer may have trained and sent once more.
  return rounds.add(round)
}
