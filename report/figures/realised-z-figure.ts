import { ownMean, palette } from '../drawing/figures.ts'
import { lineChart, type Series } from '../drawing/line-chart.ts'
import { groupBy } from '../summary/log.ts'
import type { Summary } from '../summary/summary.ts'
import { figure, median } from '../summary/wording.ts'

/**
 * Realised z over rounds (median over victims, with a band over all), and the factor that the Byzantine peers used;
 * null if no honest peer has a Byzantine neighbour.
 */
export function realisedZFigure({ neighbourhoods, attackZ }: Summary): string | null {
  const seen = neighbourhoods.flatMap(({ round, realisedZ }) => (realisedZ === null ? [] : [{ round, z: realisedZ }]))
  if (seen.length === 0) return null
  const rounds = [...groupBy(seen, (entry) => entry.round)].sort(([a], [b]) => a - b)
  const over = (pick: (values: readonly number[]) => number | null) =>
    rounds.map(([round, entries]) => ({ x: round + 1, y: pick(entries.map((entry) => entry.z)) ?? 0 }))
  const middle = over(median)
  const strongest = over((values) => Math.max(...values))
  const weakest = over((values) => Math.min(...values))
  const all = [...strongest, ...weakest].map((point) => point.y).concat(attackZ ?? [], 0)
  const pad = (Math.max(...all) - Math.min(...all) || 1) * 0.08
  const ends = [rounds.at(0), rounds.at(-1)].flatMap((entry) => (entry ? [entry[0] + 1] : []))
  const series: Series[] = [
    { label: 'median victim:', value: figure(round1(middle.at(-1)?.y)), style: ownMean, points: middle },
    ...(attackZ === null
      ? []
      : [
          {
            label: "the Byzantine peers' z:",
            value: figure(attackZ),
            style: { colour: palette.vermillion, dash: '8 4', symbol: 'times', width: 1.8 } as const,
            points: ends.map((x) => ({ x, y: attackZ })),
          },
        ]),
  ]
  return lineChart({
    name: 'realised-z',
    description: `Realised z over rounds, ${figure(round1(middle.at(-1)?.y))} at the end`,
    series,
    width: 560,
    height: 240,
    xLabel: 'round',
    yLabel: 'realised z, median coordinate; band: all victims',
    yDomain: [Math.min(0, Math.min(...all) - (Math.min(...all) < 0 ? pad : 0)), Math.max(...all) + pad],
    yFormat: (value) => String(Number(value.toFixed(2))),
    band: middle.map(({ x }, i) => ({ x, low: weakest[i]?.y ?? 0, high: strongest[i]?.y ?? 0 })),
  })
}

function round1(value: number | undefined): number {
  return Number((value ?? Number.NaN).toFixed(1))
}
