import * as Plot from '@observablehq/plot'
import { drawPlot, hairline, ink, type LineStyle } from './figures.ts'

export interface Series {
  readonly label: string
  /** Text after the label, e.g. the last value. */
  readonly value: string
  readonly style: LineStyle
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly bold?: boolean
}

export interface LineChart {
  readonly name: string
  readonly description: string
  readonly series: readonly Series[]
  readonly width: number
  readonly height: number
  readonly xLabel: string
  readonly yLabel: string
  readonly yDomain: readonly [number, number]
  readonly yFormat: (value: number) => string
  readonly yType?: 'linear' | 'log'
  /** A band between two series of the same x, e.g. from the worst peer to the mean. */
  readonly band?: Band
  /** One band for each series, in its colour, e.g. the 95 % interval over seeds. */
  readonly bands?: readonly Band[]
  /** The ticks of an x axis that does not show rounds. */
  readonly xTicks?: readonly number[]
  readonly xType?: 'linear' | 'log'
  /** A vertical line with its name. */
  readonly mark?: { readonly x: number; readonly label: string }
  /** Vertical lines in the style of their series; lines at one x stand side by side. */
  readonly styledMarks?: readonly { readonly x: number; readonly style: LineStyle }[]
}

export type Band = readonly { readonly x: number; readonly low: number; readonly high: number }[]

const lineHeight = 14
const labelColumns = 24
/** With more lines than this, bands are paler so that they do not hide each other. */
const maxBands = 5
const margin = { top: 30, right: 196, bottom: 42, left: 60 }

/** Lines over rounds with their names at the right ends, moved apart if they overlap. */
export function lineChart(asked: LineChart): string {
  const chart = { ...asked, height: Math.max(asked.height, heightOfLabels(asked)) }
  const { series, width, height, yDomain, yType = 'linear', xType = 'linear', mark, styledMarks = [] } = chart
  const xs = series
    .flatMap((line) => line.points.map((point) => point.x))
    .concat(mark?.x ?? [])
    .concat(styledMarks.map(({ x }) => x))
  const xDomain: [number, number] = xs.length > 0 ? [Math.min(...xs), Math.max(...xs)] : [0, 1]
  if (xDomain[0] === xDomain[1]) xDomain[0] -= xType === 'log' ? xDomain[0] / 2 : 1
  return drawPlot(chart.name, chart.description, {
    width,
    height,
    marginTop: topOf(chart),
    marginRight: margin.right,
    marginBottom: margin.bottom,
    marginLeft: margin.left,
    x: { domain: xDomain, type: xType, label: null, nice: false },
    y: { domain: [...yDomain], type: yType, label: null },
    marks: [
      Plot.gridY({ stroke: hairline, strokeOpacity: 1, ticks: yTicks(yType, yDomain) }),
      Plot.axisY({ tickSize: 0, tickFormat: (value: number) => chart.yFormat(value), ticks: yTicks(yType, yDomain) }),
      Plot.axisX({ ticks: [...(chart.xTicks ?? wholeTicks(xDomain))], tickFormat: (value: number) => String(value) }),
      Plot.text([chart.yLabel], {
        frameAnchor: 'top-left',
        dx: -margin.left + 4,
        dy: -topOf(chart) + 6,
        textAnchor: 'start',
      }),
      Plot.text([chart.xLabel], { frameAnchor: 'bottom', dy: 36 }),
      ...(chart.bands ?? (chart.band ? [chart.band] : [])).map((band, i) =>
        Plot.areaY(band, {
          x: 'x',
          y1: 'low',
          y2: 'high',
          fill: series[i]?.style.colour ?? ink,
          fillOpacity: series.length > maxBands ? 0.06 : 0.12,
        }),
      ),
      ...(mark
        ? [
            Plot.ruleX([mark.x], { stroke: ink, strokeWidth: 1, strokeDasharray: '3 3' }),
            Plot.text([mark], { x: 'x', text: 'label', frameAnchor: 'bottom', dx: 5, dy: -6, textAnchor: 'start' }),
          ]
        : []),
      ...styledMarks.flatMap(({ x, style }, i) => {
        const dx = 5 * styledMarks.slice(0, i).filter((other) => other.x === x).length
        const at = [{ x, y: yDomain[1] }]
        return [
          Plot.ruleX([x], { dx, stroke: style.colour, strokeWidth: 1.4, strokeDasharray: '2 4' }),
          symbols(at, style, dx, -8),
        ]
      }),
      ...series.toReversed().flatMap((line, i) => lineMarks(line, i)),
      ...endLabels(chart, xDomain[1]),
    ],
  })
}

/** The top margin; marks with a symbol need room between the frame and the name of the axis. */
function topOf({ styledMarks = [] }: LineChart): number {
  return margin.top + (styledMarks.length > 0 ? 14 : 0)
}

/** About six ticks; on a log scale powers of ten, and if these are few also 2 and 5 times powers of ten. */
function yTicks(type: 'linear' | 'log', [low, high]: readonly [number, number]): number | number[] {
  if (type === 'linear') return 6
  const powers = Array.from(
    { length: Math.floor(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, i) => 10 ** (Math.floor(Math.log10(low)) + i),
  )
  const inside = (ticks: readonly number[]): number[] => ticks.filter((tick) => tick >= low && tick <= high)
  return inside(powers).length >= 3 ? inside(powers) : inside(powers.flatMap((power) => [power, 2 * power, 5 * power]))
}

/** Between four and eight round numbers in a range. */
export function evenTicks(from: number, to: number): number[] {
  const span = to - from
  if (!(span > 0)) return [from]
  const power = 10 ** Math.floor(Math.log10(span / 8))
  const step = ([1, 2, 5, 10].find((size) => span / (size * power) <= 8) ?? 10) * power
  const first = Math.ceil(from / step)
  // Whole multiples, so that 0.3 is not 0.30000000000000004.
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  )
}

/** About eight whole numbers, with the last round. */
function wholeTicks([from, to]: readonly [number, number]): number[] {
  const span = to - from
  const step =
    [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000].find((size) => span / size <= 8) ?? Math.ceil(span / 8)
  const ticks = []
  for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) ticks.push(tick)
  const last = ticks.at(-1)
  if (last !== undefined && last !== to) {
    if (to - last < step * 0.6) ticks.pop()
    ticks.push(to)
  }
  return ticks
}

function lineMarks({ points, style }: Series, position: number): Plot.Markish[] {
  const step = Math.max(1, Math.ceil(points.length / 9))
  const shown = points.filter((_, i) => (points.length - 1 - i + position) % step === 0 || i === points.length - 1)
  return [
    Plot.line(points, {
      x: 'x',
      y: 'y',
      stroke: style.colour,
      strokeWidth: style.width,
      ...(style.dash ? { strokeDasharray: style.dash } : {}),
    }),
    symbols(shown, style, 0),
  ]
}

/** The markers of a line: circles are filled with its colour, other symbols with white. */
function symbols(
  points: readonly { readonly x: number; readonly y: number }[],
  style: LineStyle,
  dx: number,
  dy = 0,
): Plot.Markish {
  const solid = style.symbol === 'circle'
  return Plot.dot(points, {
    x: 'x',
    y: 'y',
    dx,
    dy,
    symbol: style.symbol,
    r: 3.6,
    stroke: style.colour,
    strokeWidth: 1.6,
    fill: solid ? style.colour : 'white',
  })
}

/** The text at the right end of each line, with its height in pixels. */
function labelsOf({ series }: LineChart) {
  return series.flatMap((line) => {
    const last = line.points.at(-1)
    if (!last) return []
    // A number and its unit stay on one line.
    const lines = wrap(`${line.label} ${line.value.replaceAll(' ', '\u00a0')}`.trim(), labelColumns).map((text) =>
      text.replaceAll('\u00a0', ' '),
    )
    return [{ line, last, lines, size: lines.length * lineHeight + 5 }]
  })
}

/** The minimum height with room for all names. */
function heightOfLabels(chart: LineChart): number {
  const sizes = labelsOf(chart).reduce((sum, { size }) => sum + size, 0)
  return sizes + topOf(chart) + margin.bottom - 16
}

/** Names at the right ends, in the order of the last values, at least a line apart and inside the frame. */
function endLabels(chart: LineChart, right: number): Plot.Markish[] {
  const { height, yDomain, yType = 'linear' } = chart
  const transform = yType === 'log' ? Math.log : (value: number) => value
  const inverse = yType === 'log' ? Math.exp : (value: number) => value
  const [low, high] = [transform(yDomain[0]), transform(yDomain[1])]
  const top = topOf(chart)
  const bottom = height - margin.bottom
  const toPixel = (y: number): number => bottom - ((transform(y) - low) / (high - low)) * (bottom - top)
  const toValue = (pixel: number): number => inverse(low + ((bottom - pixel) / (bottom - top)) * (high - low))
  const labels = labelsOf(chart)
    .map((label) => ({ ...label, wanted: toPixel(label.last.y) }))
    .sort((a, b) => a.wanted - b.wanted)
  const centres = spread(labels, top - 8, bottom + 8)
  return labels.flatMap(({ line, lines }, i) => {
    const at = { x: right, y: toValue(centres[i] as number) }
    return [
      symbols([at], line.style, 15),
      Plot.text([at], {
        x: 'x',
        y: 'y',
        text: () => lines.join('\n'),
        dx: 25,
        textAnchor: 'start',
        lineHeight: lineHeight / 12,
        fill: ink,
        fontWeight: line.bold ? 600 : 400,
      }),
    ]
  })
}

/**
 * Centres of boxes stacked downwards without overlap, close to the wanted centres. Adjacent boxes that would overlap
 * form a block at their mean wanted centre; then all boxes are moved inside [top, bottom].
 */
export function spread(
  boxes: readonly { readonly size: number; readonly wanted: number }[],
  top: number,
  bottom: number,
): number[] {
  const blocks: { start: number; size: number; members: number }[] = []
  for (const box of boxes) {
    let block = { start: box.wanted - box.size / 2, size: box.size, members: 1 }
    for (let above = blocks.at(-1); above && above.start + above.size > block.start; above = blocks.at(-1)) {
      blocks.pop()
      const members = above.members + block.members
      const wanted =
        ((above.start + above.size / 2) * above.members + (block.start + block.size / 2) * block.members) / members
      const size = above.size + block.size
      block = { start: wanted - size / 2, size, members }
    }
    blocks.push(block)
  }
  const starts = blocks.flatMap((block) => Array.from({ length: block.members }, () => block))
  const offsets = new Map<object, number>()
  const centres = boxes.map((box, i) => {
    const block = starts[i] as { start: number }
    const offset = offsets.get(block) ?? 0
    offsets.set(block, offset + box.size)
    return block.start + offset + box.size / 2
  })
  let floor = bottom
  for (let i = boxes.length - 1; i >= 0; i--) {
    const half = (boxes[i] as { size: number }).size / 2
    centres[i] = Math.min(centres[i] as number, floor - half)
    floor = (centres[i] as number) - half
  }
  let ceiling = top
  for (let i = 0; i < boxes.length; i++) {
    const half = (boxes[i] as { size: number }).size / 2
    centres[i] = Math.max(centres[i] as number, ceiling + half)
    ceiling = (centres[i] as number) + half
  }
  return centres
}

/** Wraps text into at most three lines of `columns` letters, also after hyphens; an ellipsis cuts the rest. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const parts = word.length > columns ? word.split(/(?<=-)/) : [word]
    parts.forEach((part, i) => {
      const last = lines.at(-1)
      const gap = i === 0 ? ' ' : ''
      if (last !== undefined && last.length + gap.length + part.length <= columns)
        lines[lines.length - 1] = last + gap + part
      else lines.push(part.length > columns ? `${part.slice(0, columns - 1)}…` : part)
    })
  }
  return lines.length <= 3 ? lines : [...lines.slice(0, 2), `${(lines[2] as string).slice(0, columns - 1)}…`]
}
