import { ownMean, ownWorst, twinStyles } from '../drawing/figures.ts'
import { lineChart, type Series } from '../drawing/line-chart.ts'
import { roleOf } from '../summary/findings.ts'
import type { Curves, Summary } from '../summary/summary.ts'
import { percent } from '../summary/wording.ts'

interface Size {
  readonly width: number
  readonly height: number
}

/** Accuracy over rounds: mean and worst honest peer of the run, and the mean of each twin; null without evaluations. */
export function accuracyFigure(summary: Summary, { width, height }: Size): string | null {
  const { curves, twins, experiment } = summary
  const styles = twinStyles(twins.map((twin) => roleOf(experiment, twin)))
  const series: Series[] = [
    {
      label: 'this run: mean',
      value: percent(curves.accuracyMean.at(-1)),
      style: ownMean,
      points: pointsOf(curves, curves.accuracyMean),
      bold: true,
    },
    {
      label: 'this run: worst',
      value: percent(curves.accuracyWorst.at(-1)),
      style: ownWorst,
      points: pointsOf(curves, curves.accuracyWorst),
    },
    ...twins.map((twin, i) => ({
      label: twin.label,
      value: percent(twin.curves.accuracyMean.at(-1)),
      style: styles[i] ?? ownWorst,
      points: pointsOf(twin.curves, twin.curves.accuracyMean),
    })),
  ]
  if (series.every((line) => line.points.length === 0)) return null
  const lowest = Math.min(1, ...series.flatMap((line) => line.points.map((point) => point.y)))
  const floor = Math.max(0, Math.floor(lowest * 10 - 0.2) / 10)
  return lineChart({
    name: 'accuracy',
    description: `Accuracy of honest peers over rounds: ${series.map((line) => `${line.label} ends at ${line.value}`).join('; ')}`,
    series,
    width,
    height,
    xLabel: 'round',
    yLabel: 'accuracy on the test set, honest peers',
    yDomain: [Math.min(floor, 0.9), 1],
    yFormat: (value) => `${Math.round(value * 100)} %`,
    band: curves.rounds.map((round, i) => ({
      x: round + 1,
      low: curves.accuracyWorst[i] as number,
      high: curves.accuracyMean[i] as number,
    })),
  })
}

/** Figures count rounds from 1: a point at 40 is after the fortieth round. */
function pointsOf(curves: Curves, values: readonly number[]): { x: number; y: number }[] {
  return curves.rounds.map((round, i) => ({ x: round + 1, y: values[i] as number }))
}
