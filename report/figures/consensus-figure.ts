import { ownMean } from '../drawing/figures.ts'
import { lineChart } from '../drawing/line-chart.ts'
import type { Summary } from '../summary/summary.ts'
import { figure } from '../summary/wording.ts'

/** Consensus distance over rounds; null if it was not measured. The scale is logarithmic if high / low exceeds 50. */
export function consensusFigure({ consensus, exact }: Summary): string | null {
  const points = consensus.map(({ round, distance }) => ({ x: round + 1, y: distance }))
  if (points.length === 0) return null
  const values = points.map((point) => point.y)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const decades = low > 0 && high / low > 50
  return lineChart({
    name: 'consensus',
    description: `Consensus distance over rounds, ${figure(values.at(-1))} at the end`,
    series: [{ label: exact ? 'exact:' : 'estimate:', value: figure(values.at(-1)), style: ownMean, points }],
    width: 560,
    height: 240,
    xLabel: 'round',
    yLabel: 'mean squared distance to the honest mean',
    yDomain: decades ? [low * 0.8, high * 1.25] : [0, high > 0 ? high * 1.1 : 1],
    yType: decades ? 'log' : 'linear',
    yFormat: figure,
  })
}
