import type { SweepFigure } from '#protocol/sweep.ts'
import type { SweepPlan } from '../../sweep/results.ts'
import { count, isMeasured, list, sentence } from '../wording.ts'
import { defaultFigures, figureSamples, heatmapCells, labelsOf } from './figures.ts'
import { type HeatmapCell, worstOf } from './heatmap-figure.ts'
import type { TestedHypothesis } from './hypotheses.ts'
import { type Comparison, overSeeds } from './published.ts'
import { facetsOf, type Sample, shortAxis } from './samples.ts'
import { bare, metricTitle, shown, signed, withInterval } from './wording.ts'

interface Evidence {
  readonly plan: SweepPlan
  readonly samples: readonly Sample[]
  readonly hypotheses: readonly TestedHypothesis[]
  readonly comparisons: readonly Comparison[]
}

/** What the sweep shows, in plain sentences: what the first figure says, the hypotheses, the published numbers. */
export function sweepFindings({ plan, samples, hypotheses, comparisons }: Evidence): string[] {
  if (samples.length === 0) return ['No run is finished.']
  const [main] = plan.figures.length > 0 ? plan.figures : defaultFigures(plan.axes)
  return [
    ...(main ? figureFindings(main, plan, samples) : single(samples)),
    ...verdicts(hypotheses),
    ...agreement(comparisons),
  ]
}

function single(samples: readonly Sample[]): string[] {
  const mean = withInterval('accuracy.mean', overSeeds(samples, 'accuracy.mean'))
  const worst = withInterval('accuracy.worst', overSeeds(samples, 'accuracy.worst'))
  return [
    `Over ${count(new Set(samples.map(({ seed }) => seed)).size, 'seed')} honest peers end at ${mean} on average and ${worst} at the worst peer.`,
  ]
}

/** The first facet of a figure in words. */
function figureFindings(figure: SweepFigure, plan: SweepPlan, all: readonly Sample[]): string[] {
  const axes = plan.axes
  const drawn =
    figure.kind === 'heatmap'
      ? [figure.rows, figure.columns]
      : figure.kind === 'curves'
        ? [figure.lines]
        : [figure.x, figure.lines ?? '']
  const facets = facetsOf(figureSamples(figure, all), axes, drawn)
  return facets.slice(0, 3).flatMap(({ name, samples }) => {
    const at = name === '' ? '' : `At ${name}: `
    if (figure.kind === 'heatmap') {
      const { cells, rows } = heatmapCells(figure, axes, samples)
      return heatmapFinding(figure, rows, cells).map((line) => at + line)
    }
    if (figure.kind === 'curves') return [at + ranking(figure.lines, plan, samples)]
    return [at + course(figure, plan, samples)]
  })
}

/** Who holds under its worst column, who falls furthest, and where. */
function heatmapFinding(
  { metric, worst, rows: axis, columns }: Extract<SweepFigure, { kind: 'heatmap' }>,
  rows: readonly string[],
  cells: readonly HeatmapCell[],
): string[] {
  const direction = worst ?? 'least'
  const sign = direction === 'least' ? -1 : 1
  const ranked = rows
    .flatMap(
      (row) =>
        worstOf(
          cells.filter((cell) => cell.row === row),
          direction,
        ) ?? [],
    )
    .toSorted((a, b) => sign * (a.value.mean - b.value.mean))
  const [best, last] = [ranked[0], ranked.at(-1)]
  if (!best || !last) return []
  const title = metricTitle(metric)
  const tell = ({ row, column, value }: HeatmapCell): string =>
    `${row} comes to ${withInterval(metric, value)} (${column})`
  if (ranked.length === 1) return [`The ${direction === 'least' ? 'least' : 'most'} ${title}: ${tell(best)}.`]
  const closeness = overlapping(best, ranked[1])
  return [
    `By its worst ${shortAxis(columns)} each, ${tell(best)}, the best ${shortAxis(axis)} of ${ranked.length}; ${tell(last)}, the worst (${title}).`,
    ...(closeness === undefined ? [] : [closeness]),
  ]
}

function overlapping(best: HeatmapCell, second: HeatmapCell | undefined): string | undefined {
  if (!second || best.value.half === null || second.value.half === null) return undefined
  const apart = Math.abs(best.value.mean - second.value.mean)
  return apart > best.value.half + second.value.half
    ? undefined
    : `Its interval overlaps that of ${second.row}, so these two are not told apart.`
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
    `after the last round the mean honest peer is at: ${list(parts)}${named.length < ends.length ? ` (the best three and the last two of ${ends.length})` : ''}.`,
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
