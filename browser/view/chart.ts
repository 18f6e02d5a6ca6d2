import { drawing } from './element.ts'

export interface ChartOptions {
  readonly title: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly xMax: number
  readonly yMax: number
  readonly ticks: readonly number[]
  readonly format: (value: number) => string
}

const width = 480
const height = 230
const left = 62
const right = 58
const top = 14
const bottom = 34

/** A line chart over rounds, with the last value beside the line. Leaves out values that are not finite. */
export function lineChart({ title, points, xMax, yMax, ticks, format }: ChartOptions): SVGSVGElement {
  const drawn = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
  const last = drawn.at(-1)
  const px = (x: number): number => left + (x / Math.max(1, xMax)) * (width - left - right)
  const py = (y: number): number => height - bottom - (Math.min(y, yMax) / yMax) * (height - top - bottom)
  const label = last ? `${title}: ${format(last.y)} after round ${last.x}` : `${title}: nothing measured yet`
  const chart = drawing('svg', { class: 'chart', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label })
  for (const tick of ticks) {
    chart.append(
      drawing('line', { class: 'grid', x1: left, x2: width - right, y1: py(tick), y2: py(tick) }),
      drawing('text', { class: 'tick', x: left - 8, y: py(tick) + 4, 'text-anchor': 'end' }, format(tick)),
    )
  }
  for (const round of roundTicks(xMax)) {
    chart.append(
      drawing(
        'text',
        { class: 'tick', x: px(round), y: height - 12, 'text-anchor': 'middle' },
        round === xMax ? `${round} rounds` : `${round}`,
      ),
    )
  }
  if (last) {
    const path = drawn.map(({ x, y }, k) => `${k === 0 ? 'M' : 'L'}${px(x).toFixed(1)} ${py(y).toFixed(1)}`).join('')
    chart.append(
      drawing('path', { class: 'curve', d: path }),
      drawing('circle', { class: 'dot', cx: px(last.x), cy: py(last.y), r: 4 }),
      drawing('text', { class: 'value', x: px(last.x) + 9, y: py(last.y) + 5 }, format(last.y)),
    )
  }
  return chart
}

/** Both ends of the axis, and its middle if the axis is long enough. */
function roundTicks(xMax: number): number[] {
  return xMax >= 4 ? [0, Math.round(xMax / 2), xMax] : [0, xMax]
}

/** The smallest round number that is at least `value`; 1 if `value` is not positive and finite. */
export function niceCeiling(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value * 0.999) ?? 10) * power
}
