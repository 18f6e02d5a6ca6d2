import { ownMean } from '../drawing/figures.ts'
import { evenTicks, lineChart } from '../drawing/line-chart.ts'
import type { Summary } from '../summary/summary.ts'
import { percent } from '../summary/wording.ts'

/** Accuracy of honest peers over time, with a band from the worst peer to the mean; null if nothing takes time. */
export function accuracyOverTimeFigure({ curves }: Summary): string | null {
  const { seconds, accuracyMean, accuracyWorst } = curves
  if (!seconds || seconds.length < 2) return null
  const last = percent(accuracyMean.at(-1))
  const floor = Math.max(0, Math.floor(Math.min(0.9, ...accuracyWorst) * 10) / 10)
  return lineChart({
    name: 'accuracy-over-time',
    description: `Accuracy of honest peers over time, ${last} after ${seconds.at(-1)?.toFixed(1)} seconds`,
    series: [
      {
        label: 'mean:',
        value: last,
        style: ownMean,
        points: seconds.map((x, i) => ({ x, y: accuracyMean[i] as number })),
      },
    ],
    width: 560,
    height: 240,
    xLabel: 'seconds',
    xTicks: evenTicks(Math.min(...seconds), Math.max(...seconds)),
    yLabel: 'accuracy on the test set, honest peers',
    yDomain: [floor, 1],
    yFormat: (value) => `${Math.round(value * 100)} %`,
    band: seconds.map((x, i) => ({ x, low: accuracyWorst[i] as number, high: accuracyMean[i] as number })),
  })
}
