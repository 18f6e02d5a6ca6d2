import type { SweepFigure } from '#protocol/experiment/sweep-schema.ts'
import { count, isMeasured, list, sentence } from '../summary/wording.ts'
import { axesOf, defaultFigures, figureSamples, heatmapCells, labelsOf } from './figures.ts'
import { type HeatmapCell, worstOf } from './heatmap-figure.ts'
import type { TestedHypothesis } from './hypotheses.ts'
import { type Comparison, overSeeds } from './published.ts'
import type { SweepPlan } from './results.ts'
import { facetsOf, type Sample, shortAxis } from './samples.ts'
import { estimateOf } from './student-t.ts'
import { bare, metricTitle, shown, signed, withInterval } from './wording.ts'

interface Evidence {
  readonly plan: SweepPlan
  readonly samples: readonly Sample[]
  readonly hypotheses: readonly TestedHypothesis[]
  readonly comparisons: readonly Comparison[]
}

/** The results of the sweep in plain sentences: hypotheses, published numbers, the first figure. */
export function sweepFindings({ plan, samples, hypotheses, comparisons }: Evidence): string[] {
  if (samples.length === 0) return ['No run is finished.']
  const [main] = plan.figures.length > 0 ? plan.figures : defaultFigures(plan.axes)
  return [
    ...verdicts(hypotheses),
    ...agreement(comparisons),
    ...(main ? [...figureFindings(main, plan, samples), ...beside(main, plan, samples)] : single(samples)),
  ]
}

function single(samples: readonly Sample[]): string[] {
  const mean = withInterval('accuracy.mean', overSeeds(samples, 'accuracy.mean'))
  const worst = withInterval('accuracy.worst', overSeeds(samples, 'accuracy.worst'))
  return [
    `Over ${count(new Set(samples.map(({ seed }) => seed)).size, 'seed')} honest peers end at ${mean} on average and ${worst} at the worst peer.`,
  ]
}

const maxBeside = 6

/** The `list` cells, usually baselines, that have no label on the axes of the figure. */
function beside(figure: SweepFigure, plan: SweepPlan, samples: readonly Sample[]): string[] {
  const metric = figure.kind === 'curves' ? 'accuracy.mean' : figure.metric
  const drawn = axesOf(figure)
  const cells = plan.cells.flatMap(({ coordinates }, cell) => {
    const off = drawn.every((axis) => coordinates[axis] === undefined)
    const value = off
      ? overSeeds(
          samples.filter(({ run }) => run.cell === cell),
          metric,
        )
      : undefined
    return value && value.n > 0 ? [`${Object.values(coordinates).join(', ')} ${withInterval(metric, value)}`] : []
  })
  return cells.length === 0 ? [] : [`Beside them: ${list(cells.slice(0, maxBeside))}.`]
}

/** The first three pictures of a figure in words. */
function figureFindings(figure: SweepFigure, plan: SweepPlan, all: readonly Sample[]): string[] {
  const axes = plan.axes
  const facets = facetsOf(figureSamples(figure, all), axes, axesOf(figure))
  return facets.slice(0, 3).flatMap(({ name, samples }) => {
    const at = name === '' ? '' : `At ${name}: `
    if (figure.kind === 'heatmap') {
      const { cells, rows } = heatmapCells(figure, axes, samples)
      return heatmapFinding(figure, rows, cells, samples).map((line) => at + line)
    }
    if (figure.kind === 'curves') return [at + ranking(figure.lines, plan, samples)]
    return [at + course(figure, plan, samples)]
  })
}

/** The rows with the best and the worst value in their worst column. */
function heatmapFinding(
  figure: Extract<SweepFigure, { kind: 'heatmap' }>,
  rows: readonly string[],
  cells: readonly HeatmapCell[],
  samples: readonly Sample[],
): string[] {
  const { metric, worst, rows: axis, columns } = figure
  if (worst === undefined) return extremes(figure, cells)
  const sign = worst === 'min' ? -1 : 1
  const measured = rows.map((row) => cells.filter((cell) => cell.row === row && cell.value.n > 0))
  const most = Math.max(...measured.map((row) => row.length))
  // A row without all columns may lack its worst case.
  const partial = measured.filter((row) => row.length > 0 && row.length < most)
  const ranked = measured
    .filter((row) => row.length === most)
    .flatMap((row) => worstOf(row, worst) ?? [])
    .toSorted((a, b) => sign * (a.value.mean - b.value.mean))
  const [best, last] = [ranked[0], ranked.at(-1)]
  if (!best || !last) return []
  const title = metricTitle(metric)
  const tell = ({ column, value }: HeatmapCell): string => `with ${withInterval(metric, value)} at ${column}`
  if (ranked.length === 1) return [`${worst === 'min' ? 'Lowest' : 'Highest'} ${title}: ${best.row} ${tell(best)}.`]
  const runnerUp = ranked[1]
  const undecided = runnerUp && notToldApart(figure, best, runnerUp, samples)
  return [
    `Worst case over ${shortAxis(columns)} (${title}): ${best.row} is the best ${shortAxis(axis)} of ${ranked.length} ${tell(best)}, ${last.row} the worst ${tell(last)}.`,
    ...(undecided ? [undecided] : []),
    ...(partial.length > 0
      ? [
          `Not ranked, because some ${shortAxis(columns)} is missing: ${list(partial.flatMap((row) => (row[0] ? [`${row[0].row} (${tell(row[0])})`] : [])).slice(0, maxBeside))}.`,
        ]
      : []),
  ]
}

const maxColumns = 4

/** The minimum and the maximum of each column. */
function extremes({ metric }: Extract<SweepFigure, { kind: 'heatmap' }>, cells: readonly HeatmapCell[]): string[] {
  const columns = [...new Set(cells.map(({ column }) => column))]
  const parts = columns.slice(0, maxColumns).flatMap((column) => {
    const sorted = cells
      .filter((cell) => cell.column === column && cell.value.n > 0)
      .toSorted((a, b) => a.value.mean - b.value.mean)
    const [low, high] = [sorted[0], sorted.at(-1)]
    if (!low || !high) return []
    const tell = ({ row, value }: HeatmapCell): string => `${withInterval(metric, value)} (${row})`
    return [`${column} from ${tell(low)} to ${tell(high)}`]
  })
  return parts.length === 0 ? [] : [sentence(`${metricTitle(metric)}: ${parts.join('; ')}.`)]
}

/** A sentence if the 95 % interval of the differences, paired by seed, includes 0; otherwise undefined. */
function notToldApart(
  { metric, rows, columns }: Extract<SweepFigure, { kind: 'heatmap' }>,
  a: HeatmapCell,
  b: HeatmapCell,
  samples: readonly Sample[],
): string | undefined {
  const at = (cell: HeatmapCell, seed: number): number =>
    overSeeds(
      samples.filter(
        (s) => s.seed === seed && s.coordinates[rows] === cell.row && s.coordinates[columns] === cell.column,
      ),
      metric,
    ).mean
  const seeds = [...new Set(samples.map(({ seed }) => seed))]
  const { mean, half } = estimateOf(seeds.map((seed) => at(a, seed) - at(b, seed)))
  if (half === null || Math.abs(mean) > half) return undefined
  return `No significant difference between ${a.row} and ${b.row}, the second best: ${signed(metric, mean)} ± ${bare(metric, half)}, paired by seed.`
}

function ranking(axis: string, plan: SweepPlan, samples: readonly Sample[]): string {
  const ends = labelsOf(axis, plan.axes, samples)
    .map((label) => ({
      label,
      value: overSeeds(
        samples.filter((s) => s.coordinates[axis] === label),
        'accuracy.mean',
      ),
    }))
    .filter(({ value }) => value.n > 0)
    .toSorted((a, b) => b.value.mean - a.value.mean)
  const named = ends.length <= 6 ? ends : [...ends.slice(0, 3), ...ends.slice(-2)]
  const parts = named.map(({ label, value }) => `${label} ${withInterval('accuracy.mean', value)}`)
  return sentence(
    `mean accuracy of honest peers after the last round: ${list(parts)}${named.length < ends.length ? ` (the best three and the last two of ${ends.length})` : ''}.`,
  )
}

function course(
  { metric, x, lines }: Extract<SweepFigure, { kind: 'line' }>,
  plan: SweepPlan,
  samples: readonly Sample[],
): string {
  const labels = lines === undefined ? [''] : labelsOf(lines, plan.axes, samples)
  const parts = labels.flatMap((label) => {
    const members = lines === undefined ? samples : samples.filter((s) => s.coordinates[lines] === label)
    const xs = [...new Set(members.map((s) => s.coordinates[x] as string))].sort((a, b) => Number(a) - Number(b))
    const at = (value: string | undefined): number =>
      overSeeds(
        members.filter((s) => s.coordinates[x] === value),
        metric,
      ).mean
    const [from, to] = [at(xs[0]), at(xs.at(-1))]
    if (!isMeasured(from) || !isMeasured(to)) return []
    return [`${label === '' ? '' : `${label} `}from ${shown(metric, from)} to ${shown(metric, to)}`]
  })
  const ends = [...new Set(samples.map((s) => Number(s.coordinates[x])))].sort((a, b) => a - b)
  if (parts.length === 0) return `${metric} was not measured.`
  return sentence(
    `${metricTitle(metric)}, as ${shortAxis(x)} goes from ${ends[0]} to ${ends.at(-1)}: ${list(parts.slice(0, 6))}.`,
  )
}

function verdicts(tested: readonly TestedHypothesis[]): string[] {
  if (tested.length === 0) return []
  const of = (verdict: TestedHypothesis['verdict']): string | undefined => {
    const ids = tested.filter((entry) => entry.verdict === verdict).map(({ hypothesis }) => hypothesis.id)
    return ids.length === 0 ? undefined : `${ids.length} ${verdict} (${list(ids)})`
  }
  const parts = [of('supported'), of('refuted'), of('underpowered')].filter((part) => part !== undefined)
  return [`Of ${tested.length === 1 ? 'one hypothesis' : `${tested.length} hypotheses`}: ${list(parts)}.`]
}

function agreement(comparisons: readonly Comparison[]): string[] {
  const measured = comparisons.filter(({ difference }) => isMeasured(difference))
  if (measured.length === 0) return []
  const furthest = measured.toSorted((a, b) => Math.abs(b.difference) - Math.abs(a.difference))[0] as Comparison
  const { metric, value } = furthest.published
  const within = measured.filter(
    ({ difference, ours: { half } }) => half !== null && Math.abs(difference) <= half,
  ).length
  const where = list(Object.values(furthest.published.where).map(String))
  return [
    `Of ${count(measured.length, 'published number')} ${within === 0 ? 'none' : within} ${within < 2 ? 'lies' : 'lie'} inside our 95 % interval; the furthest is ${where}: ours ${withInterval(metric, furthest.ours)}, theirs ${bare(metric, value)} (${signed(metric, furthest.difference)}).`,
  ]
}
