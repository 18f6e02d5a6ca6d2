import * as Plot from '@observablehq/plot'
import { drawPlot, hairline, ink, palette } from '../figures.ts'
import { isShare } from '../metric-values.ts'
import { figure } from '../wording.ts'
import type { HypothesisVerdict, TestedHypothesis } from './hypotheses.ts'
import { signed } from './wording.ts'

/** Verdicts differ in shape, fill and word, not in colour alone. */
export const verdictMarks = {
  supported: { symbol: 'circle', fill: palette.green, stroke: palette.green, sign: '●' },
  refuted: { symbol: 'times', fill: 'none', stroke: palette.vermillion, sign: '✕' },
  underpowered: { symbol: 'circle', fill: '#ffffff', stroke: '#5c5c5c', sign: '○' },
} as const satisfies Record<HypothesisVerdict, object>

const rowHeight = 34

/**
 * Differences of hypotheses of one unit (shares, or one metric) with their 95 % intervals; the shaded side is the
 * expected one from the least effect on, for `same` the strip that would not matter.
 */
export function forestFigure(name: string, tested: readonly TestedHypothesis[]): string | null {
  const rows = tested.filter(({ difference }) => difference.n > 0)
  const [first] = rows
  if (!first) return null
  const share = isShare(first.hypothesis.metric)
  const scale = share ? 100 : 1
  const ends = rows.flatMap(({ difference: { mean, half }, hypothesis: { leastEffect } }) => [
    (mean - (half ?? 0)) * scale,
    (mean + (half ?? 0)) * scale,
    leastEffect * scale,
    -leastEffect * scale,
  ])
  const reach = Math.max(...ends.map(Math.abs)) * 1.1 || 1
  const points = rows.map(({ hypothesis, difference: { mean, half }, verdict }) => ({
    id: hypothesis.id,
    mean: mean * scale,
    low: (mean - (half ?? 0)) * scale,
    high: (mean + (half ?? 0)) * scale,
    verdict,
    text: `${signed(hypothesis.metric, mean)} ${verdict}`,
  }))
  const zones = rows.map(({ hypothesis: { id, direction, leastEffect } }) => {
    const edge = leastEffect * scale
    const [from, to] = direction === 'same' ? [-edge, edge] : direction === 'greater' ? [edge, reach] : [-reach, -edge]
    return { id, from, to }
  })
  const ids = rows.map(({ hypothesis }) => hypothesis.id)
  const left = 24 + 7.5 * Math.max(...ids.map((id) => id.length))
  return drawPlot(name, `Hypotheses: ${points.map(({ id, text }) => `${id} ${text}`).join('; ')}`, {
    width: 840,
    height: 66 + rows.length * rowHeight,
    marginLeft: left,
    marginRight: 190,
    marginTop: 10,
    marginBottom: 46,
    x: { domain: [-reach, reach], label: null },
    y: { type: 'band', domain: ids, label: null, padding: 0.25 },
    marks: [
      Plot.barX(zones, { x1: 'from', x2: 'to', y: 'id', fill: '#dcebf5' }),
      Plot.gridX({ stroke: hairline, strokeOpacity: 1 }),
      Plot.ruleX([0], { stroke: ink, strokeWidth: 1 }),
      Plot.axisX({ tickFormat: (value: number) => figure(value) }),
      Plot.axisY({ tickSize: 0, label: null, fontWeight: 600 }),
      Plot.link(points, { x1: 'low', x2: 'high', y1: 'id', y2: 'id', stroke: ink, strokeWidth: 1.8 }),
      Plot.tickX(points, { x: 'low', y: 'id', insetTop: 7, insetBottom: 7, stroke: ink }),
      Plot.tickX(points, { x: 'high', y: 'id', insetTop: 7, insetBottom: 7, stroke: ink }),
      ...Object.entries(verdictMarks).map(([verdict, { symbol, fill, stroke }]) =>
        Plot.dot(
          points.filter((point) => point.verdict === verdict),
          { x: 'mean', y: 'id', symbol, fill, stroke, strokeWidth: 2.2, r: 5.5 },
        ),
      ),
      Plot.text(points, { x: () => reach, y: 'id', text: 'text', dx: 12, textAnchor: 'start' }),
      Plot.text(
        [share ? 'difference in points, 95 % interval' : `difference in ${first.hypothesis.metric}, 95 % interval`],
        {
          frameAnchor: 'bottom',
          dy: 38,
        },
      ),
    ],
  })
}
