import type { SweepFigure } from '#protocol/experiment/sweep-schema.ts'
import { curvesFigure } from './curves-figure.ts'
import { type HeatmapCell, heatmapFigure, worseOf } from './heatmap-figure.ts'
import { breakdownMarks, metricLineFigure } from './metric-line-figure.ts'
import { overSeeds } from './published.ts'
import type { Axis, SweepPlan } from './results.ts'
import { facetsOf, matches, type Sample, shortAxis } from './samples.ts'
import { metricTitle } from './wording.ts'

export interface DrawnFigure {
  /** File name without its ending. */
  readonly name: string
  readonly title: string
  readonly caption: string
  readonly svg: string
}

/** A figure, or a part of one, that could not be drawn. */
export interface FigureGap {
  readonly title: string
  readonly reason: string
}

/** Maximum number of pictures for one figure that other axes split up. */
const maxFacets = 12

/**
 * The figures of a sweep in the order of the file, or those of `defaultFigures` if the file names none. Runs that
 * differ in an axis outside the figure are never averaged: each value of such an axis gets a picture of its own.
 */
export function drawFigures(
  plan: SweepPlan,
  samples: readonly Sample[],
): { readonly drawn: readonly DrawnFigure[]; readonly gaps: readonly FigureGap[] } {
  const figures = plan.figures.length > 0 ? plan.figures : defaultFigures(plan.axes)
  const drawn: DrawnFigure[] = []
  const gaps: FigureGap[] = []
  figures.forEach((figure, i) => {
    const about = figureSamples(figure, samples)
    const facets = facetsOf(about, plan.axes, axesOf(figure))
    if (facets.length === 0) gaps.push({ title: figure.title, reason: 'none of its runs is finished' })
    if (facets.length > maxFacets) {
      const reason = `only the first ${maxFacets} of its ${facets.length} pictures are drawn; select fewer with \`where\``
      gaps.push({ title: figure.title, reason })
    }
    facets.slice(0, maxFacets).forEach((facet, k) => {
      const name = `${String(i + 1).padStart(2, '0')}-${slug(figure.title)}${facets.length > 1 ? `-${k + 1}` : ''}`
      const title = facet.name === '' ? figure.title : `${figure.title}: ${facet.name}`
      const picture = draw(figure, name, title, plan.axes, facet.samples)
      if (typeof picture === 'string')
        drawn.push({ name, title, caption: captionOf(figure, plan.axes, facet.samples), svg: picture })
      else gaps.push({ title, reason: picture.reason })
    })
  })
  return { drawn, gaps }
}

/** The runs of a figure: those that match its `where` and have a label on every axis of it. */
export function figureSamples(figure: SweepFigure, samples: readonly Sample[]): Sample[] {
  const drawn = axesOf(figure)
  return samples.filter(
    ({ coordinates }) => matches(coordinates, figure.where) && drawn.every((axis) => coordinates[axis] !== undefined),
  )
}

/** Cells of a heat map, over seeds. */
export function heatmapCells(
  figure: Extract<SweepFigure, { kind: 'heatmap' }>,
  axes: readonly Axis[],
  samples: readonly Sample[],
): { readonly rows: readonly string[]; readonly columns: readonly string[]; readonly cells: readonly HeatmapCell[] } {
  const rows = labelsOf(figure.rows, axes, samples)
  const columns = labelsOf(figure.columns, axes, samples)
  const cells = rows.flatMap((row) =>
    columns.flatMap((column) => {
      const at = samples.filter((s) => s.coordinates[figure.rows] === row && s.coordinates[figure.columns] === column)
      return at.length === 0 ? [] : [{ row, column, value: overSeeds(at, figure.metric) }]
    }),
  )
  return { rows, columns, cells }
}

/** The labels of these runs on an axis, in the order of the file. */
export function labelsOf(axis: string, axes: readonly Axis[], samples: readonly Sample[]): string[] {
  const present = new Set(samples.map((sample) => sample.coordinates[axis]))
  return (axes.find(({ name }) => name === axis)?.labels ?? []).filter((label) => present.has(label))
}

function draw(
  figure: SweepFigure,
  name: string,
  title: string,
  axes: readonly Axis[],
  samples: readonly Sample[],
): string | { readonly reason: string } {
  const id = name.replaceAll(/[^a-z0-9-]/g, '')
  if (figure.kind === 'curves') {
    const labels = labelsOf(figure.lines, axes, samples)
    const lines = labels.map((label) => ({
      label,
      samples: samples.filter(({ coordinates }) => coordinates[figure.lines] === label),
    }))
    return curvesFigure({ name: id, title, lines }) ?? { reason: 'nothing was evaluated' }
  }
  if (figure.kind === 'heatmap') {
    const { rows, columns, cells } = heatmapCells(figure, axes, samples)
    if (cells.every(({ value }) => value.n === 0)) return { reason: `${figure.metric} was not measured` }
    return heatmapFigure({
      name: id,
      description: `${title}: ${metricTitle(figure.metric)} by ${figure.rows} and ${figure.columns}`,
      metric: figure.metric,
      rows,
      columns,
      cells,
      rowTitle: shortAxis(figure.rows),
      columnTitle: shortAxis(figure.columns),
      worst: figure.worst,
    })
  }
  return metricLineFigure({ name: id, title, figure, axes, samples })
}

/** Axes that a figure draws. */
export function axesOf(figure: SweepFigure): string[] {
  if (figure.kind === 'heatmap') return [figure.rows, figure.columns]
  if (figure.kind === 'curves') return [figure.lines]
  return [figure.x, ...(figure.lines === undefined ? [] : [figure.lines])]
}

function captionOf(figure: SweepFigure, axes: readonly Axis[], samples: readonly Sample[]): string {
  const marks = figure.kind === 'line' ? breakdownMarks({ figure, axes, samples }) : null
  const seeds = new Set(samples.map(({ seed }) => seed)).size
  const over = seeds === 1 ? 'One seed, no intervals.' : `Mean over ${seeds} seeds`
  const interval =
    seeds === 1 ? '' : figure.kind === 'heatmap' ? ', ± half the 95 % interval.' : ', band: 95 % interval.'
  const what = figure.kind === 'curves' ? 'mean accuracy of honest peers' : metricTitle(figure.metric)
  const darker =
    figure.kind === 'heatmap'
      ? ` Darker is ${worseOf(figure.metric, figure.worst) === 'min' ? 'lower' : 'higher'}.`
      : ''
  const unit =
    figure.kind === 'heatmap' && /^(accuracy|attack\.success|influence)/.test(figure.metric) ? ', per cent' : ''
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}${unit}. ${over}${interval}${darker}${marks ? ` ${marks.sentence}` : ''}`
}

/** Curves, and a heat map or lines of the last accuracy, over the two axes with the most labels. */
export function defaultFigures(axes: readonly Axis[]): SweepFigure[] {
  const [first, second] = axes
    .filter(({ labels }) => labels.length > 1)
    .toSorted((a, b) => b.labels.length - a.labels.length)
  if (!first) return []
  const numeric = ({ labels }: Axis): boolean => labels.every((label) => label !== '' && Number.isFinite(Number(label)))
  const metric = 'accuracy.mean'
  const curves: SweepFigure = {
    kind: 'curves',
    title: 'Accuracy over rounds',
    lines: (second ?? first).name,
    where: {},
  }
  const title = 'Accuracy after the last round'
  if (!second) {
    return numeric(first)
      ? [
          { kind: 'line', title, metric, x: first.name, where: {} },
          { ...curves, lines: first.name },
        ]
      : [{ ...curves, lines: first.name }]
  }
  if (numeric(first) || numeric(second)) {
    const [x, lines] = numeric(first) ? [first, second] : [second, first]
    return [
      { kind: 'line', title, metric, x: x.name, lines: lines.name, where: {} },
      { ...curves, lines: lines.name },
    ]
  }
  return [{ kind: 'heatmap', title, metric, rows: second.name, columns: first.name, worst: 'min', where: {} }, curves]
}

/** A title as at most 48 letters, digits and hyphens. */
function slug(title: string): string {
  const plain = title
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return plain.slice(0, 48).replace(/-+$/, '') || 'figure'
}
