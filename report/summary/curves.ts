import type { LoggedEvent, RunEvent } from '#protocol/record/events.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { groupBy, honestPeers, rosterOf } from './log.ts'
import type { Curves } from './summary.ts'
import { quantile } from './wording.ts'

type Evaluated = Extract<RunEvent, { type: 'evaluated' }>

/** The end of a run, as the launcher reports it. */
export type Outcome = 'finished' | 'broke' | 'interrupted'

/**
 * Accuracy and loss of honest peers over the evaluated rounds. Each round uses the last value of a peer so far: a
 * stopped peer stays in the mean, and a peer without an evaluation is left out.
 * Choices: the curves of an interrupted run end at the last round of the slowest running peer, so that fast peers do
 * not stand for all.
 */
export function curvesOf(log: readonly LoggedEvent[], outcome: Outcome): Curves {
  const honest = honestPeers(rosterOf(log))
  const evaluations = log.filter((event): event is Evaluated => event.type === 'evaluated' && honest.has(event.peer))
  const end = outcome === 'interrupted' ? slowestRunning(log, honest) : Number.POSITIVE_INFINITY
  const rounds = [...new Set(evaluations.map((event) => event.round))].filter((r) => r <= end).sort((a, b) => a - b)
  const byRound = groupBy(evaluations, (event) => event.round)
  const latest = new Map<PeerIndex, Evaluated>()
  const points = rounds.map((round) => {
    const now = byRound.get(round) ?? []
    for (const event of now) latest.set(event.peer, event)
    const values = [...latest.values()]
    return {
      seconds: mean(now.map((event) => event.atMs)) / 1000,
      mean: mean(values.map((event) => event.accuracy)),
      worst: Math.min(...values.map((event) => event.accuracy)),
      p10: quantile(
        values.map((event) => event.accuracy),
        0.1,
      ),
      loss: mean(values.map((event) => event.loss)),
      success: mean(values.flatMap((event) => (event.probed === undefined ? [] : [event.probed]))),
    }
  })
  const probed = evaluations.some((event) => event.probed !== undefined)
  return {
    rounds,
    accuracyMean: points.map((point) => point.mean),
    accuracyWorst: points.map((point) => point.worst),
    accuracyP10: points.map((point) => point.p10),
    lossMean: points.map((point) => point.loss),
    ...(points.some((point) => point.seconds > 0) ? { seconds: points.map((point) => point.seconds) } : {}),
    ...(probed ? { attackSuccess: points.map((point) => point.success) } : {}),
  }
}

/** The last evaluated round of the slowest honest peer that has not stopped. */
function slowestRunning(log: readonly LoggedEvent[], honest: ReadonlySet<PeerIndex>): number {
  const reached = new Map([...honest].map((peer) => [peer, -1]))
  for (const event of log) {
    if (event.type === 'stopped') reached.delete(event.peer)
    if (event.type === 'evaluated' && reached.has(event.peer)) reached.set(event.peer, event.round)
  }
  return Math.min(...reached.values())
}

/** Arithmetic mean; NaN of no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
