import { ownMean, palette } from '../drawing/figures.ts'
import { lineChart } from '../drawing/line-chart.ts'
import type { Summary } from '../summary/summary.ts'
import { bytes } from '../summary/wording.ts'

/** Bytes sent and received since the start, mean over honest peers; null if nothing was sent. */
export function trafficFigure({ traffic }: Summary): string | null {
  const high = Math.max(0, ...traffic.sent, ...traffic.received)
  if (high === 0) return null
  const points = (values: readonly number[]) =>
    traffic.rounds.map((round, i) => ({ x: round + 1, y: values[i] as number }))
  const last = (values: readonly number[]) => bytes(Math.round(values.at(-1) ?? 0))
  return lineChart({
    name: 'traffic',
    description: `Traffic, mean over honest peers: ${last(traffic.sent)} sent, ${last(traffic.received)} received`,
    series: [
      { label: 'received:', value: last(traffic.received), style: ownMean, points: points(traffic.received) },
      {
        label: 'sent:',
        value: last(traffic.sent),
        style: { colour: palette.vermillion, dash: '8 4', symbol: 'square', width: 1.8 },
        points: points(traffic.sent),
      },
    ],
    width: 560,
    height: 240,
    xLabel: 'round',
    yLabel: 'bytes since the start, mean over honest peers',
    yDomain: [0, high * 1.08],
    yFormat: bytes,
  })
}
