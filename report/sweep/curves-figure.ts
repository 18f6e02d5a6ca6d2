import { lineStyle } from '../drawing/figures.ts'
import { type Band, lineChart } from '../drawing/line-chart.ts'
import type { Summary } from '../summary/summary.ts'
import { percent } from '../summary/wording.ts'
import { type Estimate, estimateOf } from './student-t.ts'

type Evaluated = { readonly summary: Pick<Summary, 'curves'> }

export interface CurvesFigure {
  readonly name: string
  readonly title: string
  readonly lines: readonly { readonly label: string; readonly samples: readonly Evaluated[] }[]
}

/** Mean accuracy of honest peers over rounds, each line with its 95 % band over seeds; null without evaluations. */
export function curvesFigure({ name, title, lines }: CurvesFigure): string | null {
  const drawn = lines
    .map(({ label, samples }) => ({ label, points: meanCurve(samples) }))
    .filter(({ points }) => points.length > 0)
  if (drawn.length === 0) return null
  const lowest = Math.min(...drawn.flatMap(({ points }) => points.map(({ value }) => value.mean - (value.half ?? 0))))
  const floor = Math.max(0, Math.min(0.9, Math.floor(lowest * 10) / 10))
  const last = (points: readonly { readonly value: Estimate }[]): string => percent(points.at(-1)?.value.mean)
  return lineChart({
    name,
    description: `${title}: ${drawn.map(({ label, points }) => `${label} ends at ${last(points)}`).join('; ')}`,
    series: drawn.map(({ label, points }, i) => ({
      label,
      value: last(points),
      style: lineStyle(i),
      points: points.map(({ round, value }) => ({ x: round + 1, y: value.mean })),
    })),
    bands: drawn.map(({ points }) =>
      bandOf(
        points.map(({ round, value }) => ({ x: round + 1, value })),
        floor,
        1,
      ),
    ),
    width: 840,
    height: Math.max(380, 70 + drawn.length * 24),
    xLabel: 'round',
    yLabel: 'accuracy on the test set, mean of honest peers',
    yDomain: [floor, 1],
    yFormat: (value) => `${Math.round(value * 100)} %`,
  })
}

/** Mean over the runs that evaluated a round, for each evaluated round. */
function meanCurve(samples: readonly Evaluated[]): { readonly round: number; readonly value: Estimate }[] {
  const values = new Map<number, number[]>()
  for (const { summary } of samples) {
    summary.curves.rounds.forEach((round, i) => {
      values.set(round, [...(values.get(round) ?? []), summary.curves.accuracyMean[i] ?? Number.NaN])
    })
  }
  return [...values].sort(([a], [b]) => a - b).map(([round, at]) => ({ round, value: estimateOf(at) }))
}

/** The 95 % band at the points with an interval, clipped to [low, high]. */
export function bandOf(
  points: readonly { readonly x: number; readonly value: Estimate }[],
  low: number,
  high: number,
): Band {
  return points.flatMap(({ x, value: { mean, half } }) =>
    half === null ? [] : [{ x, low: Math.max(low, mean - half), high: Math.min(high, mean + half) }],
  )
}
