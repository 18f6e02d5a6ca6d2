import { ownMean } from '../drawing/figures.ts'
import { lineChart } from '../drawing/line-chart.ts'
import { groupBy } from '../summary/log.ts'
import type { Summary } from '../summary/summary.ts'
import { figure, median } from '../summary/wording.ts'

/** Empirical kappa over rounds: the median honest peer, with a band from minimum to maximum; null if not measured. */
export function kappaFigure({ neighbourhoods }: Summary): string | null {
  const seen = neighbourhoods.flatMap(({ round, kappa }) => (kappa === null ? [] : [{ round, kappa }]))
  if (seen.length === 0) return null
  const rounds = [...groupBy(seen, ({ round }) => round)]
    .sort(([a], [b]) => a - b)
    .map(([round, entries]) => ({ x: round + 1, values: entries.map(({ kappa }) => kappa) }))
  const points = rounds.map(({ x, values }) => ({ x, y: median(values) ?? 0 }))
  const band = rounds.map(({ x, values }) => ({ x, low: Math.min(...values), high: Math.max(...values) }))
  const [low, high] = [Math.min(...band.map((at) => at.low)), Math.max(...band.map((at) => at.high))]
  const decades = low > 0 && high / low > 50
  const last = figure(points.at(-1)?.y, 3)
  return lineChart({
    name: 'kappa',
    description: `Empirical kappa over rounds, ${last} at the end`,
    series: [{ label: 'median peer:', value: last, style: ownMean, points }],
    width: 560,
    height: 240,
    xLabel: 'round',
    yLabel: 'empirical kappa; band: all honest peers',
    yDomain: decades ? [low * 0.8, high * 1.25] : [0, high > 0 ? high * 1.1 : 1],
    yType: decades ? 'log' : 'linear',
    yFormat: (value) => figure(value, 3),
    band,
  })
}
