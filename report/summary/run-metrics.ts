import type { Displacement, NeighbourhoodFigures } from '#protocol/figures/figures.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { mean } from './curves.ts'
import { honestPeers, rosterOf } from './log.ts'
import type { Curves, Metrics } from './summary.ts'
import { median } from './wording.ts'

interface Measured {
  readonly log: readonly LoggedEvent[]
  readonly curves: Curves
  readonly consensus: readonly { readonly round: number; readonly distance: number }[]
  readonly neighbourhoods: readonly NeighbourhoodFigures[]
  readonly displacements: readonly Displacement[]
  /** The attack factor z, median over crafted vectors; null without one. */
  readonly attackZ: number | null
}

/** The metrics of a run; final metrics are those of the last evaluated round. O(events). */
export function metricsOf({ log, curves, consensus, neighbourhoods, displacements, attackZ }: Measured): Metrics {
  const best = curves.accuracyMean.indexOf(Math.max(...curves.accuracyMean))
  const over = (pick: (figures: NeighbourhoodFigures) => number | null): number[] =>
    neighbourhoods.flatMap((figures) => pick(figures) ?? [])
  const { starved, closed, skipped, influence, seconds, sent, received } = totalsOf(log)
  return {
    accuracy: {
      mean: curves.accuracyMean.at(-1) ?? Number.NaN,
      worst: curves.accuracyWorst.at(-1) ?? Number.NaN,
      p10: curves.accuracyP10.at(-1) ?? Number.NaN,
      best: curves.accuracyMean[best] ?? Number.NaN,
      worstAtBest: curves.accuracyWorst[best] ?? Number.NaN,
      area: mean(curves.accuracyMean),
    },
    loss: { mean: curves.lossMean.at(-1) ?? Number.NaN },
    attack: { z: attackZ ?? Number.NaN, successRate: curves.attackSuccess?.at(-1) ?? Number.NaN },
    z: { realised: median(over(({ realisedZ }) => realisedZ)) ?? Number.NaN },
    supporters: { mean: mean(over(({ supporters }) => supporters)) },
    influence: { byzantine: mean(influence) },
    kappa: { median: median(over(({ kappa }) => kappa)) ?? Number.NaN },
    displacement: { median: median(displacements.map(({ ratio }) => ratio)) ?? Number.NaN },
    consensus: { distance: consensus.at(-1)?.distance ?? Number.NaN },
    rounds: { starved, closed, skipped },
    bytes: { sent, received },
    time: {
      virtualSeconds: seconds,
      to50: secondsTo(curves, 0.5),
      to70: secondsTo(curves, 0.7),
      to80: secondsTo(curves, 0.8),
      to90: secondsTo(curves, 0.9),
      to95: secondsTo(curves, 0.95),
    },
  }
}

/** Seconds until the mean accuracy reached a value; NaN if it never did or nothing takes time. */
function secondsTo({ accuracyMean, seconds }: Curves, accuracy: number): number {
  const first = accuracyMean.findIndex((value) => value >= accuracy)
  return seconds?.[first] ?? Number.NaN
}

/** Sums and means over the events of honest peers. */
function totalsOf(log: readonly LoggedEvent[]) {
  const roster = rosterOf(log)
  const honest = honestPeers(roster)
  const simulated = roster.every(({ kind }) => kind === 'simulated')
  const influence: number[] = []
  const traffic = new Map<PeerIndex, { readonly sent: number; readonly received: number }>()
  let [starved, closed, skipped, lastMs] = [0, 0, 0, 0]
  for (const event of log) {
    if (event.type === 'roster' || !honest.has(event.peer)) continue
    if (event.type === 'starved') starved += 1
    if (event.type === 'rounds-skipped') skipped += event.to - event.round
    if (event.type !== 'round-closed') continue
    closed += 1
    lastMs = Math.max(lastMs, event.atMs)
    influence.push(event.influence.reduce((sum, [from, share]) => (honest.has(from) ? sum : sum + share), 0))
    traffic.set(event.peer, { sent: event.bytesSent, received: event.bytesReceived })
  }
  const totals = [...traffic.values()]
  return {
    starved,
    closed,
    skipped,
    influence,
    // Virtual time exists only in a simulation with delays.
    seconds: simulated && lastMs > 0 ? lastMs / 1000 : Number.NaN,
    sent: mean(totals.map(({ sent }) => sent)),
    received: mean(totals.map(({ received }) => received)),
  }
}
