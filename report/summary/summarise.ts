import type { Experiment } from '#protocol/experiment/schema.ts'
import type { NeighbourhoodFigures } from '#protocol/figures/figures.ts'
import type { LoggedEvent, TurnedAway } from '#protocol/record/events.ts'
import { curvesOf, type Outcome } from './curves.ts'
import { findings } from './findings.ts'
import { influenceRounds } from './influence-rounds.ts'
import { honestPeers, rosterOf } from './log.ts'
import { influenceShares, peerTotals, phaseMeans, rejectionTotals, trafficOf } from './peer-totals.ts'
import { metricsOf } from './run-metrics.ts'
import type { Curves, Environment, PeerSummary, Summary, TwinSummary } from './summary.ts'
import { craftedFactors, judge } from './verdict.ts'
import { count, list, median } from './wording.ts'

export interface RunResult {
  readonly experiment: Experiment
  readonly experimentId: string
  readonly hearsayVersion: string
  readonly startedAt: string
  readonly wallMs: number
  /** All recorded events, the roster first. */
  readonly log: readonly LoggedEvent[]
  readonly edges: readonly (readonly [number, number])[]
  readonly twins: readonly TwinSummary[]
  readonly neighbourhoods: readonly NeighbourhoodFigures[]
  readonly consensus: readonly { readonly round: number; readonly distance: number }[]
  readonly displacements?: Summary['displacements']
  /** Whether `neighbourhoods` and `consensus` are exact or estimated from sketches. */
  readonly exact: boolean
  readonly repetition: Summary['repetition']
  readonly outcome: Outcome
  /** Why the swarm broke. */
  readonly failure?: string
  readonly environment?: Environment
}

/** Computes everything that terminal and report show from the record of a run. Pure; O(events). */
export function summarise(result: RunResult): Summary {
  const { experiment, log, twins, neighbourhoods, consensus, displacements = [], outcome } = result
  const curves = curvesOf(log, outcome)
  const attackZ = median(craftedFactors(log))
  const metrics = metricsOf({ log, curves, consensus, neighbourhoods, displacements, attackZ })
  const peers = peerTotals(log)
  const roundsDone = roundsReached(log)
  const verdict = judge({ experiment, metrics, log, outcome, failure: result.failure, roundsDone })
  const shown = findings({
    experiment,
    metrics,
    twins,
    attackZ,
    neighbourhoods,
    rounds: (curves.rounds.at(-1) ?? -1) + 1,
  })
  return {
    experiment,
    experimentId: result.experimentId,
    hearsayVersion: result.hearsayVersion,
    startedAt: result.startedAt,
    wallMs: result.wallMs,
    peers,
    edges: result.edges,
    curves,
    metrics,
    neighbourhoods,
    consensus,
    displacements,
    exact: result.exact,
    attackZ,
    phases: phaseMeans(log),
    rejections: rejectionTotals(log),
    influence: influenceShares(log),
    influenceRounds: influenceRounds(log),
    traffic: trafficOf(log),
    notes: notesOf(peers, log, curves),
    environment: result.environment ?? null,
    repetition: result.repetition,
    twins,
    verdict: { ...verdict, lines: [...verdict.lines, ...shown] },
  }
}

/** The part of a twin that the summary of its run holds. */
export function summariseTwin(twin: {
  readonly name: string
  readonly label: string
  readonly log: readonly LoggedEvent[]
  readonly consensus: RunResult['consensus']
  readonly neighbourhoods?: RunResult['neighbourhoods']
  readonly displacements?: RunResult['displacements']
  readonly transcriptHash: string
}): TwinSummary {
  const { name, label, log, consensus, transcriptHash } = twin
  const curves = curvesOf(log, 'finished')
  const attackZ = median(craftedFactors(log))
  const metrics = metricsOf({
    log,
    curves,
    consensus,
    neighbourhoods: twin.neighbourhoods ?? [],
    displacements: twin.displacements ?? [],
    attackZ,
  })
  return { name, label, curves, metrics, transcriptHash }
}

/** Rounds that all honest peers closed, without the peers that stopped early. */
function roundsReached(log: readonly LoggedEvent[]): number {
  const reached = new Map([...honestPeers(rosterOf(log))].map((peer) => [peer, 0]))
  const stopped = new Set<number>()
  for (const event of log) {
    if (event.type === 'stopped' && event.reason !== 'finished') stopped.add(event.peer)
    if (event.type === 'round-closed' && reached.has(event.peer)) reached.set(event.peer, event.round + 1)
  }
  const running = [...reached].filter(([peer]) => !stopped.has(peer)).map(([, rounds]) => rounds)
  return running.length > 0 ? Math.min(...running) : Math.max(0, ...reached.values())
}

/** `Before the start 3 peers were refused or lost a seat: 2 silent, 1 repeat-offender.` */
function turnedAwayLine({ counts }: TurnedAway): string {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a)
  const total = entries.reduce((sum, [, many]) => sum + many, 0)
  const reasons = entries.map(([reason, many]) => `${many} ${reason}`).join(', ')
  return `Before the start ${count(total, 'peer')} ${total === 1 ? 'was' : 'were'} refused or lost a seat: ${reasons}.`
}

function notesOf(peers: readonly PeerSummary[], log: readonly LoggedEvent[], curves: Curves): string[] {
  const honest = peers.filter((peer) => peer.role === 'honest')
  const last = curves.rounds.at(-1) ?? -1
  const evaluated = new Map<number, number>()
  for (const event of log) if (event.type === 'evaluated') evaluated.set(event.peer, event.round)
  const stopped = honest.filter((peer) => peer.stopped !== null)
  const byzantineStopped = peers.filter((peer) => peer.role === 'byzantine' && peer.stopped !== null)
  const silent = honest.filter((peer) => peer.stopped === null && (evaluated.get(peer.peer) ?? -1) < last)
  const starved = honest.filter((peer) => peer.starved > 0)
  const hidden = new Set(log.flatMap((e) => (e.type === 'visibility' && e.state === 'hidden' ? [e.peer] : [])))
  const accused = new Set(log.flatMap((e) => (e.type === 'equivocation-proved' ? [e.accused] : [])))
  const consequence = (peer: PeerSummary): string =>
    peer.accuracy === null ? 'it was never evaluated, so no mean includes it' : 'means include its last value'
  return [
    ...log.flatMap((event) => (event.type === 'roster' && event.turnedAway ? [turnedAwayLine(event.turnedAway)] : [])),
    ...stopped.map((peer) => `Peer ${peer.peer} stopped early (${peer.stopped}); ${consequence(peer)}.`),
    ...byzantineStopped.map(
      (peer) => `Byzantine peer ${peer.peer} stopped early (${peer.stopped}) and sent no further updates.`,
    ),
    ...silent.map((peer) => `Peer ${peer.peer} reported no final evaluation; ${consequence(peer)}.`),
    ...(starved.length > 0
      ? [
          `${list(starved.map((peer) => `Peer ${peer.peer}`))} had no quorum in ${count(
            starved.reduce((sum, peer) => sum + peer.starved, 0),
            'round',
          )} and kept the previous model in each.`,
        ]
      : []),
    ...(hidden.size > 0
      ? [
          `${list([...hidden].map((peer) => `Peer ${peer}`))} ran in a hidden tab at times, and browsers slow hidden tabs down.`,
        ]
      : []),
    ...(accused.size > 0
      ? [`${list([...accused].map((peer) => `Peer ${peer}`))} signed two different updates for one round.`]
      : []),
  ]
}
