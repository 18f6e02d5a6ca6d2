import { flatMetrics } from '../summary/metric-values.ts'
import type { Summary } from '../summary/summary.ts'
import type { Axis, Cell, PlannedRun, SweepResults } from './results.ts'

/** One finished run with its place in the design. */
export interface Sample {
  readonly run: PlannedRun
  readonly coordinates: Cell['coordinates']
  readonly seed: number
  readonly summary: Summary
  /** Value by dotted path; NaN if it was not measured. */
  readonly metrics: ReadonlyMap<string, number>
}

/** Label by axis name; an axis that is left out may have any label. */
export type Where = Readonly<Record<string, string | number | boolean>>

export interface Samples {
  readonly usable: readonly Sample[]
  /** Runs that broke or were interrupted: they count in no cell. */
  readonly broken: readonly Sample[]
}

/** The finished runs of a sweep, divided into usable and broken ones. */
export function samplesOf({ plan, finished }: SweepResults): Samples {
  const samples = finished.map(({ run, summary }): Sample => {
    const coordinates = plan.cells[run.cell]?.coordinates ?? {}
    return { run, coordinates, seed: run.seed, summary, metrics: flatMetrics(summary.metrics) }
  })
  const isBroken = ({ summary }: Sample): boolean => ['swarm broke', 'interrupted'].includes(summary.verdict.kind)
  return { usable: samples.filter((sample) => !isBroken(sample)), broken: samples.filter(isBroken) }
}

/** Whether a cell belongs to a set of cells; a cell without an axis of `where` does not. */
export function matches(coordinates: Cell['coordinates'], where: Where): boolean {
  return Object.entries(where).every(([axis, label]) => coordinates[axis] === String(label))
}

/** The part of a run that means over seeds need. */
export type Measured = Pick<Sample, 'seed' | 'metrics'>

export function metricOf(sample: Measured, metric: string): number {
  return sample.metrics.get(metric) ?? Number.NaN
}

/** `rule krum, attack sign-flip`: a cell in words, in the order of the axes. */
export function cellName(coordinates: Cell['coordinates'], axes: readonly Axis[]): string {
  const parts = axes.flatMap(({ name }) =>
    coordinates[name] === undefined ? [] : [`${shortAxis(name)} ${coordinates[name]}`],
  )
  return parts.join(', ') || 'the unchanged experiment'
}

/** The last word of an axis that is a path: `aggregation.name` is `aggregation`, `attack.z` is `z`. */
export function shortAxis(name: string): string {
  const parts = name.split('.')
  const last = parts.at(-1) as string
  return last === 'name' && parts.length > 1 ? (parts.at(-2) as string) : last
}

/** The samples, grouped by their labels on all axes outside `drawn`: one picture for each group. */
export function facetsOf(
  samples: readonly Sample[],
  axes: readonly Axis[],
  drawn: readonly string[],
): { readonly name: string; readonly samples: readonly Sample[] }[] {
  const others = axes.filter(({ name }) => !drawn.includes(name))
  const varying = others.filter(({ name }) => new Set(samples.map(({ coordinates }) => coordinates[name])).size > 1)
  const facets = new Map<string, Sample[]>()
  for (const sample of samples) {
    const name = varying.length === 0 ? '' : cellName(sample.coordinates, varying)
    facets.set(name, [...(facets.get(name) ?? []), sample])
  }
  return [...facets].map(([name, members]) => ({ name, samples: members }))
}
