import * as Plot from '@observablehq/plot'
import { drawPlot, hairline, ink, palette } from '../drawing/figures.ts'
import { wrap } from '../drawing/line-chart.ts'
import { isShare } from '../summary/metric-values.ts'
import { figure, isMeasured } from '../summary/wording.ts'
import type { Comparison } from './published.ts'
import { bare, metricTitle } from './wording.ts'

const rowHeight = 34
const columns = 30

/**
 * Our numbers with their 95 % intervals beside the published ones, one row for each published number of one metric;
 * null if we measured none of them.
 */
export function publishedFigure(name: string, comparisons: readonly Comparison[]): string | null {
  const rows = comparisons.filter(({ ours }) => isMeasured(ours.mean))
  const [first] = rows
  if (!first) return null
  const { metric } = first.published
  const scale = isShare(metric) ? 100 : 1
  const points = rows.map(({ published: { where, value }, ours: { mean, half } }, i) => ({
    // Two published numbers for the same cells get two rows.
    row: i,
    cells: wrap(Object.values(where).join(', '), columns).join('\n'),
    theirs: value * scale,
    mean: mean * scale,
    low: (mean - (half ?? 0)) * scale,
    high: (mean + (half ?? 0)) * scale,
    text: `${bare(metric, mean)}${half === null ? '' : ` ± ${bare(metric, half)}`}, theirs ${bare(metric, value)}`,
  }))
  const all = points.flatMap(({ theirs, low, high }) => [theirs, low, high])
  const pad = (Math.max(...all) - Math.min(...all) || 1) * 0.06
  const left = 24 + 6.8 * Math.min(columns, Math.max(...rows.map((_, i) => points[i]?.cells.length ?? 0)))
  return drawPlot(
    name,
    `Our numbers and published ones: ${points.map(({ cells, text }) => `${cells} ${text}`).join('; ')}`,
    {
      width: 840,
      height: 92 + rows.length * rowHeight,
      marginLeft: left,
      marginRight: 170,
      marginTop: 34,
      marginBottom: 46,
      x: { domain: [Math.min(...all) - pad, Math.max(...all) + pad], label: null },
      y: { type: 'band', domain: points.map(({ row }) => row), axis: null, padding: 0.2 },
      marks: [
        Plot.gridX({ stroke: hairline, strokeOpacity: 1 }),
        Plot.axisX({ tickFormat: (value: number) => figure(value) }),
        Plot.text(points, { y: 'row', text: 'cells', frameAnchor: 'left', dx: -10, textAnchor: 'end' }),
        Plot.link(points, { x1: 'low', x2: 'high', y1: 'row', y2: 'row', stroke: palette.blue, strokeWidth: 2 }),
        Plot.tickX(points, { x: 'low', y: 'row', insetTop: 7, insetBottom: 7, stroke: palette.blue }),
        Plot.tickX(points, { x: 'high', y: 'row', insetTop: 7, insetBottom: 7, stroke: palette.blue }),
        Plot.dot(points, { x: 'mean', y: 'row', r: 5, fill: palette.blue, stroke: palette.blue }),
        Plot.dot(points, {
          ...{ x: 'theirs', y: 'row', symbol: 'diamond', r: 6.5 },
          ...{ fill: 'white', stroke: palette.vermillion, strokeWidth: 2.2 },
        }),
        Plot.text(points, { y: 'row', text: 'text', frameAnchor: 'right', dx: 12, textAnchor: 'start' }),
        Plot.text(['● ours, 95 % interval over seeds'], {
          frameAnchor: 'top-left',
          dy: -22,
          textAnchor: 'start',
          fill: palette.blue,
        }),
        Plot.text(['◇ published'], { frameAnchor: 'top-left', dx: 220, dy: -22, textAnchor: 'start', fill: '#a34700' }),
        Plot.text([`${metricTitle(metric)}${scale === 100 ? ', per cent' : ''}`], {
          frameAnchor: 'bottom',
          dy: 40,
          fill: ink,
        }),
      ],
    },
  )
}
