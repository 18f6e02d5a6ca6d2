import type { LoggedEvent, RunEvent } from '#protocol/events.ts'
import type { PeerIndex } from '#protocol/ports.ts'
import { groupBy, honestPeers, rosterOf } from './log.ts'
import type { Curves, Metrics } from './summary.ts'

type Evaluated = Extract<RunEvent, { type: 'evaluated' }>

/** How a run ended, as the launcher saw it. */
export type Outcome = 'finished' | 'broke' | 'interrupted'

/**
 * Accuracy and loss of honest peers over the evaluated rounds. At each round a peer counts with its last value so
 * far, so that one that stopped stays in the mean; one that has not evaluated yet is left out.
 * Choices: in an interrupted run the curves end where the slowest running peer is, lest the fast ones stand for all.
 */
export function curvesOf(log: readonly LoggedEvent[], outcome: Outcome): Curves {
  const honest = honestPeers(rosterOf(log))
  const evaluations = log.filter((event): event is Evaluated => event.type === 'evaluated' && honest.has(event.peer))
  const end = outcome === 'interrupted' ? slowestRunning(log, honest) : Number.POSITIVE_INFINITY
  const rounds = [...new Set(evaluations.map((event) => event.round))].filter((r) => r <= end).sort((a, b) => a - b)
  const byRound = groupBy(evaluations, (event) => event.round)
  const latest = new Map<PeerIndex, Evaluated>()
  const points = rounds.map((round) => {
    for (const event of byRound.get(round) ?? []) latest.set(event.peer, event)
    const values = [...latest.values()]
    return {
      mean: mean(values.map((event) => event.accuracy)),
      worst: Math.min(...values.map((event) => event.accuracy)),
      loss: mean(values.map((event) => event.loss)),
    }
  })
  return {
    rounds,
    accuracyMean: points.map((point) => point.mean),
    accuracyWorst: points.map((point) => point.worst),
    lossMean: points.map((point) => point.loss),
  }
}

/** Last evaluated round of the honest peer that is furthest behind, of those that have not stopped. */
function slowestRunning(log: readonly LoggedEvent[], honest: ReadonlySet<PeerIndex>): number {
  const reached = new Map([...honest].map((peer) => [peer, -1]))
  for (const event of log) {
    if (event.type === 'stopped') reached.delete(event.peer)
    if (event.type === 'evaluated' && reached.has(event.peer)) reached.set(event.peer, event.round)
  }
  return Math.min(...reached.values())
}

/** The figures that `expect` may name; the final ones are those of the last evaluated round. */
export function metricsOf(
  log: readonly LoggedEvent[],
  curves: Curves,
  consensus: readonly { readonly round: number; readonly distance: number }[],
): Metrics {
  const honest = honestPeers(rosterOf(log))
  let starved = 0
  let closed = 0
  let skipped = 0
  for (const event of log) {
    if (event.type === 'roster' || !honest.has(event.peer)) continue
    if (event.type === 'starved') starved += 1
    if (event.type === 'round-closed') closed += 1
    if (event.type === 'rounds-skipped') skipped += event.to - event.round
  }
  return {
    accuracy: {
      mean: curves.accuracyMean.at(-1) ?? Number.NaN,
      worst: curves.accuracyWorst.at(-1) ?? Number.NaN,
      best: curves.accuracyMean.length > 0 ? Math.max(...curves.accuracyMean) : Number.NaN,
    },
    loss: { mean: curves.lossMean.at(-1) ?? Number.NaN },
    consensus: { distance: consensus.at(-1)?.distance ?? Number.NaN },
    rounds: { starved, closed, skipped },
  }
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
