import * as Plot from '@observablehq/plot'
import { drawPlot, ink, palette } from '../drawing/figures.ts'
import { wrap } from '../drawing/line-chart.ts'
import { quantile } from '../summary/wording.ts'
import type { Estimate } from './student-t.ts'
import { bare } from './wording.ts'

export interface HeatmapCell {
  readonly row: string
  readonly column: string
  readonly value: Estimate
}

export interface Heatmap {
  readonly name: string
  readonly description: string
  readonly metric: string
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  readonly cells: readonly HeatmapCell[]
  readonly rowTitle: string
  readonly columnTitle: string
  /** A last column with the minimum or the maximum of each row. */
  readonly worst?: 'min' | 'max' | undefined
}

const cellHeight = 40
const widest = 1180
/** Maximum number of columns for numbers in the cells. */
const maxNumbered = 24
/** Width of a letter at 12 pixels. */
const letter = 6.6
/** Width of a letter in a wide system font. */
const wideLetter = 7.4

/** One hue from light to dark, legible in grey and for colour-blind readers. */
const ramp = [
  { at: 0, rgb: [244, 247, 251] },
  { at: 0.55, rgb: [127, 176, 214] },
  { at: 1, rgb: [8, 61, 102] },
] as const

/** Whether white has more contrast than ink on a colour of the ramp; contrast of WCAG 2.2, section 1.4.3. */
function readsWhite(darkness: number): boolean {
  const [low, high] = darkness < ramp[1].at ? [ramp[0], ramp[1]] : [ramp[1], ramp[2]]
  const share = (darkness - low.at) / (high.at - low.at)
  const light = [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const value = ((low.rgb[i] as number) * (1 - share) + (high.rgb[i] as number) * share) / 255
    return sum + weight * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  }, 0)
  // Ink has a luminance of 0.011.
  return 1.05 / (light + 0.05) > (light + 0.05) / 0.061
}

/** The worse end of a metric if a figure does not give it: `min` for accuracy, otherwise `max`. */
export function worseOf(metric: string, worst: 'min' | 'max' | undefined): 'min' | 'max' {
  return worst ?? (metric.startsWith('accuracy.') ? 'min' : 'max')
}

/**
 * The range of the shades: minimum and maximum of the values within Tukey's outer fences. Values beyond would make the
 * others look alike.
 */
function rangeOf(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1]
  const [lower, upper] = [quantile(values, 0.25), quantile(values, 0.75)]
  const fence = 3 * (upper - lower)
  const near = values.filter((value) => value >= lower - fence && value <= upper + fence)
  return [Math.min(...near), Math.max(...near)]
}

/** The worst cell of a row: the one with the minimum or the maximum. */
export function worstOf(cells: readonly HeatmapCell[], worst: 'min' | 'max'): HeatmapCell | undefined {
  const measured = cells.filter(({ value }) => value.n > 0)
  const sign = worst === 'min' ? 1 : -1
  return measured.toSorted((a, b) => sign * (a.value.mean - b.value.mean))[0]
}

/**
 * A grid of values, each with half the 95 % interval below it. Darker is worse; one hue is legible in grey. A separate
 * column at the right has the worst value of each row and its column.
 */
export function heatmapFigure(heatmap: Heatmap): string {
  const { rows, columns, cells, metric, worst } = heatmap
  const numbered = columns.length <= maxNumbered
  const left = Math.min(236, 24 + wideLetter * Math.max(...rows.map((row) => row.length)))
  const slots = columns.length + (worst ? 1.35 : 0)
  const width = Math.max(numbered ? 46 : 8, Math.min(104, (widest - left) / slots))
  const perLine = Math.max(5, Math.floor((width - 4) / letter))
  const heads = columns.map((column) => wrap(column, perLine))
  const top = 34 + 14 * Math.max(worst ? 2 : 1, ...heads.map((head) => head.length))
  const values = cells.filter(({ value }) => value.n > 0).map(({ value }) => value.mean)
  const [low, high] = rangeOf(values)
  const darkness = (value: number): number => {
    const share = high > low ? Math.max(0, Math.min(1, (value - low) / (high - low))) : 0
    return worseOf(metric, worst) === 'min' ? 1 - share : share
  }
  const right = left + columns.length * width
  const at = (index: number): number => left + index * width
  const boxes = cells.map((cell) => ({
    cell,
    x: at(columns.indexOf(cell.column)),
    y: top + rows.indexOf(cell.row) * cellHeight,
    label: undefined as string | undefined,
  }))
  const worsts = worst
    ? rows.flatMap((row, i) => {
        const cell = worstOf(
          cells.filter((entry) => entry.row === row),
          worst,
        )
        return cell ? [{ cell, x: right + width * 0.15, y: top + i * cellHeight, label: cell.column }] : []
      })
    : []
  const total = Math.ceil(right + (worst ? width * 1.35 : 0) + 12)
  const height = top + rows.length * cellHeight + 12
  const all = [...boxes, ...worsts]
  const wide = (box: (typeof all)[number]): number => (box.label === undefined ? width : width * 1.2)
  const text = (box: (typeof all)[number]): string => (readsWhite(darkness(box.cell.value.mean)) ? '#ffffff' : ink)
  const measured = all.filter(({ cell }) => cell.value.n > 0)
  const missing = rows.flatMap((row, i) =>
    columns.flatMap((column, k) =>
      cells.some((cell) => cell.row === row && cell.column === column && cell.value.n > 0)
        ? []
        : [{ x: at(k), y: top + i * cellHeight }],
    ),
  )
  const fixed = {
    width: total,
    height,
    margin: 0,
    x: { axis: null, domain: [0, total], range: [0, total] },
    y: { axis: null, domain: [0, height], range: [0, height] },
  } as const
  return drawPlot(heatmap.name, heatmap.description, {
    ...fixed,
    color: {
      type: 'linear',
      domain: ramp.map(({ at }) => at),
      range: ramp.map(({ rgb }) => `rgb(${rgb.join(',')})`),
      interpolate: 'rgb',
    },
    marks: [
      Plot.rect(missing, {
        x1: 'x',
        x2: (box) => box.x + width - 2,
        y1: 'y',
        y2: (box) => box.y + cellHeight - 2,
        stroke: '#b0b0b0',
        strokeDasharray: '3 3',
        fill: 'none',
      }),
      Plot.text(missing, {
        x: (box) => box.x + width / 2 - 1,
        y: (box) => box.y + cellHeight / 2 - 1,
        text: () => '–',
      }),
      Plot.rect(measured, {
        x1: 'x',
        x2: (box) => box.x + wide(box) - 2,
        y1: 'y',
        y2: (box) => box.y + cellHeight - 2,
        fill: (box) => darkness(box.cell.value.mean),
        stroke: (box) => (box.label === undefined ? 'none' : palette.black),
        strokeWidth: 1,
      }),
      ...(numbered
        ? [
            Plot.text(measured, {
              x: (box) => box.x + wide(box) / 2 - 1,
              y: (box) => box.y + cellHeight / 2 - (second(box, metric) === '' ? 1 : 8),
              text: (box) => bare(metric, box.cell.value.mean),
              fill: text,
              fontWeight: 600,
              fontSize: 13,
            }),
            Plot.text(measured, {
              x: (box) => box.x + wide(box) / 2 - 1,
              y: (box) => box.y + cellHeight / 2 + 8,
              text: (box) => clipped(second(box, metric), Math.floor((wide(box) - 4) / 5.6)),
              fill: text,
              fontSize: 10.5,
            }),
          ]
        : []),
      Plot.text(
        rows.map((row, i) => ({ row, y: top + i * cellHeight + cellHeight / 2 })),
        {
          x: () => left - 8,
          y: 'y',
          text: (entry) => wrap(entry.row, 28).join('\n'),
          textAnchor: 'end',
        },
      ),
      Plot.text(numbered ? heads.map((head, k) => ({ head, x: at(k) + width / 2 - 1 })) : [], {
        x: 'x',
        y: () => top - 6,
        text: (entry) => entry.head.join('\n'),
        lineAnchor: 'bottom',
        lineHeight: 14 / 12,
      }),
      ...(worst
        ? [
            Plot.text([`worst case\n(${worst})`], {
              x: () => right + width * 0.75,
              y: () => top - 6,
              lineAnchor: 'bottom',
              fontWeight: 600,
              lineHeight: 14 / 12,
            }),
          ]
        : []),
      Plot.text([`${heatmap.rowTitle} ↓   ${heatmap.columnTitle} →`], {
        x: () => 4,
        y: () => 12,
        textAnchor: 'start',
        fill: '#5c5c5c',
      }),
    ],
  })
}

function second(
  { cell, label }: { readonly cell: HeatmapCell; readonly label: string | undefined },
  metric: string,
): string {
  if (label !== undefined) return label
  return cell.value.half === null ? '' : `± ${bare(metric, cell.value.half)}`
}

function clipped(text: string, letters: number): string {
  return text.length > letters ? `${text.slice(0, Math.max(1, letters - 1))}…` : text
}
