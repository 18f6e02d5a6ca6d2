import type { Experiment } from '#protocol/experiment/schema.ts'
import { canonical } from '#protocol/loading/identity.ts'
import { flatMetrics } from '../summary/metric-values.ts'
import { parameterRows } from '../summary/parameters.ts'
import type { Summary } from '../summary/summary.ts'
import type { SweepResults } from '../sweep/results.ts'
import { cellName, shortAxis } from '../sweep/samples.ts'

/** Something to compare: a run folder, or the cells of a sweep folder. */
export type Compared =
  /** `name`, the last part of the folder's path, distinguishes runs that are otherwise equal. */
  | { readonly kind: 'run'; readonly folder: string; readonly name: string; readonly summary: Summary }
  | { readonly kind: 'sweep'; readonly folder: string; readonly results: SweepResults }

export interface Group {
  readonly label: string
  readonly experiment: Experiment
  /** One for each seed. */
  readonly runs: readonly GroupRun[]
}

interface GroupRun {
  readonly folder: string
  readonly seed: number
  readonly summary: Summary
  readonly metrics: ReadonlyMap<string, number>
}

interface Entry {
  readonly folder: string
  readonly name: string
  readonly summary: Summary
  /** The label of a sweep's cell. */
  readonly label: string | undefined
}

/**
 * The groups of a comparison: runs that differ only in the seed are one group, and each cell of a sweep is one. The
 * label is that of the cell, or the name of the experiment. Equal labels get the one or two options in which the groups
 * differ, or the folder.
 */
export function groupsOf(compared: readonly Compared[]): Group[] {
  const several = compared.filter(({ kind }) => kind === 'sweep').length > 1
  const entries = compared.flatMap((item): Entry[] => {
    if (item.kind === 'run') return [{ ...item, label: undefined }]
    const { plan, finished } = item.results
    const labelsOn = (axis: string) => new Set(finished.map(({ run }) => plan.cells[run.cell]?.coordinates[axis]))
    // An axis with one label does not distinguish cells.
    const varying = plan.axes.filter(({ name }) => labelsOn(name).size > 1)
    return finished.map(({ run, summary }) => {
      const cell = cellName(plan.cells[run.cell]?.coordinates ?? {}, varying.length > 0 ? varying : plan.axes)
      return {
        folder: `${item.folder}/${run.folder}`,
        name: lastOf(run.folder),
        summary,
        label: several ? `${plan.name}: ${cell}` : cell,
      }
    })
  })
  const groups = new Map<string, Entry[]>()
  for (const entry of entries) {
    const key = `${entry.label ?? ''}\n${withoutSeed(entry.summary.experiment)}`
    groups.set(key, [...(groups.get(key) ?? []), entry])
  }
  const found = [...groups.values()].map((members) => {
    const first = members[0] as Entry
    const { experiment } = first.summary
    return { label: first.label ?? experiment.name, name: first.name, experiment, runs: members.map(runOf) }
  })
  return found.map(({ name, ...group }) => {
    const { label } = group
    const alike = found.filter((other) => other.label === label)
    return alike.length === 1 ? group : { ...group, label: `${label} (${mark(group, alike) ?? name})` }
  })
}

/** The options that distinguish a group from others of its label: `aggregation median`. */
function mark(group: Group, alike: readonly Group[]): string | undefined {
  const all = differences(alike)
    .map(({ path }) => path)
    .filter((path) => path !== 'question')
  // Methods of different names have different parameters.
  const paths = all.length > 2 ? all.filter((path) => path.endsWith('.name')) : all
  const words = ({ experiment }: Group): string => {
    const values = new Map(parameterRows(experiment).map(({ path, value }) => [path, value]))
    return paths.map((path) => `${shortAxis(path)} ${values.get(path) ?? absent}`).join(', ')
  }
  const unique = new Set(alike.map(words)).size === alike.length
  return paths.length > 0 && paths.length <= 2 && unique ? words(group) : undefined
}

function runOf({ folder, summary }: { readonly folder: string; readonly summary: Summary }): GroupRun {
  return { folder, seed: summary.experiment.seed, summary, metrics: flatMetrics(summary.metrics) }
}

/** The part of an experiment that repetitions of a run share. */
function withoutSeed(experiment: Experiment): string {
  const { seed: _, name: __, question: ___, expect: ____, twins: _____, sweep: ______, runtime, ...rest } = experiment
  return canonical({ ...rest, runtime: runtime.name })
}

export interface Difference {
  readonly path: string
  /** One value for each group; a dash if the group does not have the option. */
  readonly values: readonly string[]
}

/** Stands for an option that a group does not have. */
export const absent = '–'

/** Options in which the groups differ, without the seed and the name. */
export function differences(groups: readonly Group[]): Difference[] {
  const tables = groups.map(
    ({ experiment }) => new Map(parameterRows(experiment).map(({ path, value }) => [path, value])),
  )
  const paths = [...new Set(tables.flatMap((table) => [...table.keys()]))].filter(
    (path) => !['seed', 'name'].includes(path),
  )
  return paths
    .map((path) => ({ path, values: tables.map((table) => table.get(path) ?? absent) }))
    .filter(({ values }) => new Set(values).size > 1)
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
