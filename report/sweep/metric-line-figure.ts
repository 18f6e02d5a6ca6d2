import type { SweepFigure } from '#protocol/experiment/sweep-schema.ts'
import { lineStyle } from '../drawing/figures.ts'
import { lineChart } from '../drawing/line-chart.ts'
import { isShare } from '../summary/metric-values.ts'
import { figure as digits } from '../summary/wording.ts'
import { type Breakdown, breakdownOf } from './breakdown.ts'
import { bandOf } from './curves-figure.ts'
import { overSeeds } from './published.ts'
import type { Axis } from './results.ts'
import { type Sample, shortAxis } from './samples.ts'
import { metricTitle, shown } from './wording.ts'

interface MetricLine {
  readonly name: string
  readonly title: string
  readonly figure: Extract<SweepFigure, { kind: 'line' }>
  readonly axes: readonly Axis[]
  readonly samples: readonly Sample[]
}

/** The lines of a figure, each with its runs and their values on the axis x. */
function linesOf({ x, lines }: MetricLine['figure'], axes: readonly Axis[], samples: readonly Sample[]) {
  const labels = lines === undefined ? [''] : (axes.find((axis) => axis.name === lines)?.labels ?? [])
  return labels.map((label) => {
    const members = lines === undefined ? samples : samples.filter((sample) => sample.coordinates[lines] === label)
    const xs = [...new Set(members.map((sample) => Number(sample.coordinates[x])))].sort((a, b) => a - b)
    return { label, members, xs }
  })
}

/** The end of the guarantee of each line, and the sentence for the caption. */
export interface Marks {
  readonly breakdowns: readonly { readonly label: string; readonly breakdown: Breakdown }[]
  readonly sentence: string
}

/** The theoretical breakdown of each line; null if the figure asks for none or no condition is known. */
export function breakdownMarks({ figure, axes, samples }: Omit<MetricLine, 'name' | 'title'>): Marks | null {
  if (figure.mark !== 'breakdown') return null
  const breakdowns = linesOf(figure, axes, samples).flatMap(({ label, members, xs }) => {
    const breakdown = breakdownOf(
      xs.map((x) => ({
        x,
        experiments: members.filter((s) => Number(s.coordinates[figure.x]) === x).map((s) => s.summary.experiment),
      })),
    )
    return breakdown ? [{ label, breakdown }] : []
  })
  if (breakdowns.length === 0) return null
  const parts = breakdowns.map(({ label, breakdown: { condition, holdsTo, endsBefore } }) => {
    const until = endsBefore === null ? 'everywhere' : holdsTo === null ? 'nowhere' : `up to ${digits(holdsTo)}`
    return `${label === '' ? '' : `${label} `}(${condition}) ${until}`
  })
  const sentence = `Vertical lines, in the colour and with the marker of their curve, mark the end of the rule's condition at some honest peer with b Byzantine neighbours. The condition holds: ${parts.join('; ')}.`
  return { breakdowns, sentence }
}

/** A metric over an axis with numbers, one line with its 95 % band for each label of another axis. */
export function metricLineFigure({
  name,
  title,
  figure,
  axes,
  samples,
}: MetricLine): string | { readonly reason: string } {
  const { x, metric, mark } = figure
  const odd = samples.map((sample) => sample.coordinates[x] as string).find((label) => !Number.isFinite(Number(label)))
  if (odd !== undefined) return { reason: `its axis ${x} needs numbers, but ${odd} is not a number` }
  const drawn = linesOf(figure, axes, samples)
    .map(({ label, members, xs }) => {
      const points = xs.map((value) => ({
        x: value,
        value: overSeeds(
          members.filter((sample) => Number(sample.coordinates[x]) === value),
          metric,
        ),
      }))
      return { label, points: points.filter((point) => point.value.n > 0) }
    })
    .filter(({ points }) => points.length > 0)
  if (drawn.length === 0) return { reason: `${metric} was not measured` }
  const all = drawn.flatMap(({ points }) => points)
  const [low, high] = domainOf(
    metric,
    all.flatMap(({ value: { mean, half } }) => [mean - (half ?? 0), mean + (half ?? 0)]),
  )
  const xs = [...new Set(all.map((point) => point.x))].sort((a, b) => a - b)
  const ends = breakdownMarks({ figure, axes, samples })?.breakdowns ?? []
  const spread = (xs[0] as number) > 0 && (xs.at(-1) as number) / (xs[0] as number) >= 30
  return lineChart({
    name,
    description: `${title}: ${metricTitle(metric)} over ${x}`,
    series: drawn.map(({ label, points }, i) => ({
      label: label === '' ? shortAxis(metric) : label,
      value: shown(metric, points.at(-1)?.value.mean ?? Number.NaN),
      style: lineStyle(i),
      points: points.map((point) => ({ x: point.x, y: point.value.mean })),
    })),
    bands: drawn.map(({ points }) => bandOf(points, low, high)),
    width: 840,
    height: Math.max(380, 70 + drawn.length * 24),
    xLabel: x,
    xTicks: sparse(xs, spread),
    xType: spread ? 'log' : 'linear',
    yLabel: metricTitle(metric),
    yDomain: [low, high],
    yFormat: (value) => (isShare(metric) ? `${Number((value * 100).toFixed(1))} %` : digits(value)),
    ...(typeof mark === 'number' ? { mark: { x: mark, label: digits(mark) } } : {}),
    styledMarks: ends.flatMap(({ label, breakdown: { holdsTo, endsBefore } }) => {
      const line = drawn.findIndex((entry) => entry.label === label)
      if (endsBefore === null || line < 0) return []
      const from = holdsTo ?? endsBefore
      const x = spread ? Math.sqrt(from * endsBefore) : (from + endsBefore) / 2
      return [{ x, style: lineStyle(line) }]
    }),
  })
}

function domainOf(metric: string, values: readonly number[]): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const pad = (most - least || Math.abs(most) || 1) * 0.06
  if (!isShare(metric)) return [least >= 0 ? Math.max(0, least - pad) : least - pad, most + pad]
  return [Math.max(0, Math.floor((least - pad) * 20) / 20), Math.min(1, Math.ceil((most + pad) * 20) / 20)]
}

/** The values of an axis that have room for their names. */
function sparse(values: readonly number[], log: boolean): number[] {
  const place = (value: number): number => (log ? Math.log(value) : value)
  const span = place(values.at(-1) as number) - place(values[0] as number) || 1
  const ticks: number[] = []
  for (const value of values) {
    const last = ticks.at(-1)
    if (last === undefined || (place(value) - place(last)) / span > 0.06) ticks.push(value)
  }
  return ticks
}
