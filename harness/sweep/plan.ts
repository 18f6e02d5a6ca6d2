import { createHash } from 'node:crypto'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { canonical, experimentId } from '#protocol/loading/identity.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import type { ExperimentLoader } from '#protocol/loading/load.ts'
import type { Cell, PlannedRun, SweepPlan } from '#report/sweep/results.ts'
import { packageVersion } from '../config/built.ts'
import { changeExperiment } from '../config/load.ts'
import { cellName, cellsOf } from './cells.ts'

/** A run folder and the experiment to run into it. Cells with the same experiment share a task. */
export interface SweepTask {
  /** Relative to the sweep's folder. */
  readonly folder: string
  readonly experimentId: string
  /** The cell and seed for messages: `rule krum, attack sign-flip, seed 1`. */
  readonly label: string
  readonly experiment: Experiment
}

export interface PlannedSweep {
  /** Name of the sweep's folder: the same for every shard and every repetition. */
  readonly folder: string
  readonly plan: SweepPlan
  /** Every different experiment once, in the order of the plan. */
  readonly tasks: readonly SweepTask[]
}

/** Maximum number of error lines about cells, unless the options name another. */
const fewLines = 5

export interface PlanOptions {
  readonly twins: boolean
  readonly maxLines?: number
  /** Makes the experiment of a cell; the default reports a few problems of each. */
  readonly change?: ExperimentLoader['changeExperiment']
}

/**
 * Plans the runs of a sweep: cells x seeds, the first seed of every cell before the second. Checks every experiment
 * before any runs. Throws InputError with a line for each cell that cannot run. `where` names the file.
 */
export function planSweep(base: Experiment, where: string, options: PlanOptions): PlannedSweep {
  const { sweep, ...rest } = base
  const { maxLines = fewLines, change = changeExperiment } = options
  if (!sweep) throw new InputError(`${where}: has no sweep section; run it with: hearsay run ${where}`)
  if (base.runtime.name === 'hosted')
    throw new InputError(
      `${where}: a sweep cannot use runtime hosted; set runtime to simulation, processes, browsers or mixed`,
    )
  const single: Experiment = { ...rest, twins: options.twins ? base.twins : [] }
  const { axes, cells } = cellsOf(sweep, where)
  const seeds = typeof sweep.seeds === 'number' ? consecutive(base.seed, sweep.seeds) : [...new Set(sweep.seeds)]
  const runs: PlannedRun[] = []
  const tasks = new Map<string, SweepTask>()
  const problems = new Map<Cell, readonly string[]>()
  for (const seed of seeds) {
    cells.forEach((cell, index) => {
      if (problems.has(cell)) return
      const slug = slugOf(cell)
      const name = slug === '' ? base.name : `${base.name}-${slug}`
      const label = [cellName(cell), `seed ${seed}`].filter((part) => part !== '').join(', ')
      try {
        const experiment = change(single, { ...cell.changes, seed, name }, `${where}: ${label}`)
        const id = experimentId(experiment)
        // Cells with the same identity but different expectations are different tasks.
        const key = canonical({ id, expect: experiment.expect, twins: experiment.twins })
        const folder = `runs/${[slug, `s${seed}`, digest(key).slice(0, 8)].filter((part) => part !== '').join('-')}`
        const task = tasks.get(key) ?? { folder, experimentId: id, label, experiment }
        tasks.set(key, task)
        runs.push({ cell: index, seed, experimentId: id, folder: task.folder })
      } catch (error) {
        if (!(error instanceof InputError)) throw error
        problems.set(cell, maxLines === fewLines ? error.lines.slice(0, 1) : error.lines)
      }
    })
  }
  if (problems.size > 0) {
    const lines = [...problems.values()].flat()
    const more = lines.length - maxLines
    const last = more > 0 ? [`${where}: ${more} more ${more === 1 ? 'cell' : 'cells'} cannot run`] : []
    throw new InputError([...lines.slice(0, maxLines), ...last])
  }
  const plan: SweepPlan = {
    name: base.name,
    question: base.question ?? null,
    hearsayVersion: packageVersion(),
    axes,
    cells,
    seeds,
    runs,
    hypotheses: sweep.hypotheses,
    figures: sweep.figures,
    published: sweep.published,
  }
  const identity = digest(canonical({ cells: cells.map(({ coordinates }) => coordinates), tasks: [...tasks.keys()] }))
  return { folder: `${base.name}-${identity.slice(0, 8)}`, plan, tasks: [...tasks.values()] }
}

/** The i-th of n shards (from 1): tasks i, i + n, i + 2n and so on. */
export function shardOf<T>(tasks: readonly T[], { index, of }: { readonly index: number; readonly of: number }): T[] {
  return tasks.filter((_, k) => k % of === index - 1)
}

function consecutive(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => first + k)
}

/** The labels of a cell in lower case, digits and hyphens, for names of folders and runs. */
function slugOf({ coordinates }: Cell): string {
  return Object.values(coordinates)
    .map((label) => label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'))
    .join('-')
    .replaceAll(/-+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60)
    .replace(/-$/, '')
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
