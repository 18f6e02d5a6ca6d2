import * as Plot from '@observablehq/plot'
import { drawPlot, hairline, ink, palette } from '../drawing/figures.ts'
import { wrap } from '../drawing/line-chart.ts'
import { isShare } from '../summary/metric-values.ts'
import { figure } from '../summary/wording.ts'
import type { HypothesisVerdict, TestedHypothesis } from './hypotheses.ts'
import { signed } from './wording.ts'

/** Verdicts differ in shape, fill and word, not only in colour. */
export const verdictMarks = {
  supported: { symbol: 'circle', fill: palette.green, stroke: palette.green, sign: '●' },
  refuted: { symbol: 'times', fill: 'none', stroke: palette.vermillion, sign: '✕' },
  underpowered: { symbol: 'circle', fill: '#ffffff', stroke: '#5c5c5c', sign: '○' },
} as const satisfies Record<HypothesisVerdict, object>

/** Letters on one line of a claim; its line height in pixels. */
const claimColumns = 56
const lineHeight = 15
const left = 440

/**
 * A forest plot of hypotheses of one unit (shares, or one metric): claims, differences, 95 % intervals and verdicts.
 * The shaded zone is the claimed effect: from the minimum effect on, or for `same` the zone within it. Null if nothing
 * was measured. An interval much wider than the differences leaves the frame, with an arrow.
 */
export function forestFigure(name: string, tested: readonly TestedHypothesis[]): string | null {
  const rows = tested.filter(({ difference }) => difference.n > 0)
  const [first] = rows
  if (!first) return null
  const share = isShare(first.hypothesis.metric)
  const scale = share ? 100 : 1
  const over = (pick: (entry: TestedHypothesis) => number): number => Math.max(...rows.map(pick)) * scale
  const furthest = over(({ difference: { mean, half } }) => Math.abs(mean) + (half ?? 0))
  const middle = over(({ difference: { mean }, hypothesis: { minEffect } }) => Math.max(Math.abs(mean), minEffect))
  const reach = Math.min(furthest * 1.08, middle * 2.2, share ? 100 : Number.POSITIVE_INFINITY) || 1
  const within = (value: number): number => Math.max(-reach, Math.min(reach, value))
  const points = rows.map(({ hypothesis, difference: { mean, half }, verdict }) => ({
    id: hypothesis.id,
    claim: wrap(hypothesis.claim, claimColumns).join('\n'),
    mean: mean * scale,
    low: (mean - (half ?? 0)) * scale,
    high: (mean + (half ?? 0)) * scale,
    verdict,
    text: `${signed(hypothesis.metric, mean)} ${verdict}`,
  }))
  const zones = rows.map(({ hypothesis: { id, direction, minEffect } }) => {
    const edge = minEffect * scale
    const [from, to] = direction === 'same' ? [-edge, edge] : direction === 'greater' ? [edge, reach] : [-reach, -edge]
    return { id, from: within(from), to: within(to) }
  })
  const ids = rows.map(({ hypothesis }) => hypothesis.id)
  const lines = Math.max(2, ...points.map(({ claim }) => claim.split('\n').length))
  const rowHeight = lines * lineHeight + 8
  return drawPlot(name, `Hypotheses: ${points.map(({ id, text }) => `${id} ${text}`).join('; ')}`, {
    width: 1180,
    height: 60 + rows.length * rowHeight,
    marginLeft: left,
    marginRight: 190,
    marginTop: 8,
    marginBottom: 44,
    x: { domain: [-reach, reach], label: null },
    y: { type: 'band', domain: ids, axis: null, padding: 0.12 },
    marks: [
      Plot.barX(zones, { x1: 'from', x2: 'to', y: 'id', fill: '#dcebf5' }),
      Plot.gridX({ stroke: hairline, strokeOpacity: 1 }),
      Plot.ruleX([0], { stroke: ink, strokeWidth: 1 }),
      Plot.axisX({ tickFormat: (value: number) => figure(value) }),
      Plot.text(points, {
        y: 'id',
        text: 'id',
        frameAnchor: 'left',
        dx: 4 - left,
        textAnchor: 'start',
        fontWeight: 700,
      }),
      Plot.text(points, {
        y: 'id',
        text: 'claim',
        frameAnchor: 'left',
        dx: 44 - left,
        textAnchor: 'start',
        lineHeight: lineHeight / 12,
      }),
      Plot.link(points, {
        x1: ({ low }) => within(low),
        x2: ({ high }) => within(high),
        y1: 'id',
        y2: 'id',
        stroke: ink,
        strokeWidth: 1.8,
      }),
      ...(['low', 'high'] as const).flatMap((end) => [
        Plot.tickX(
          points.filter((point) => Math.abs(point[end]) <= reach),
          { x: end, y: 'id', insetTop: rowHeight / 2 - 9, insetBottom: rowHeight / 2 - 9, stroke: ink },
        ),
        Plot.text(
          points.filter((point) => Math.abs(point[end]) > reach),
          {
            x: (point) => within(point[end]),
            y: 'id',
            text: () => (end === 'low' ? '◂' : '▸'),
            dx: end === 'low' ? 3 : -3,
            fontSize: 15,
          },
        ),
      ]),
      ...Object.entries(verdictMarks).map(([verdict, { symbol, fill, stroke }]) =>
        Plot.dot(
          points.filter((point) => point.verdict === verdict),
          { x: 'mean', y: 'id', symbol, fill, stroke, strokeWidth: 2.2, r: 5.5 },
        ),
      ),
      Plot.text(points, { x: () => reach, y: 'id', text: 'text', dx: 12, textAnchor: 'start' }),
      Plot.text(
        [share ? 'difference in points, 95 % interval' : `difference in ${first.hypothesis.metric}, 95 % interval`],
        { frameAnchor: 'bottom', dy: 38 },
      ),
    ],
  })
}
