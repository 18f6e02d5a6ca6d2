import { availableParallelism, loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { count, roughly } from '#report/summary/wording.ts'
import type { SweepPlan } from '#report/sweep/results.ts'
import { dataOf } from '../config/data.ts'
import { finishedRun } from '../store/run-folder.ts'
import { shown } from '../store/shown.ts'
import { type Estimates, estimateTasks } from './estimate.ts'
import { makeSweepFolder } from './folder.ts'
import { planSweep, type SweepTask, shardOf } from './plan.ts'

export interface SweepWork {
  /** Folder for the sweep's folder. */
  readonly out: string
  /** Runs at a time; by default enough to keep all cores busy. */
  readonly jobs: number | undefined
  readonly shard: { readonly index: number; readonly of: number }
  /** Keeps finished runs. Without it, a folder that has finished runs is refused. */
  readonly resume: boolean
  /** Minimum time between two checkpoints of a run. */
  readonly checkpointMs: number
  /** Runs the twins of every experiment too. */
  readonly twins: boolean
  /** False leaves out report.html of the single runs. */
  readonly reports: boolean
  readonly signal: AbortSignal
  /** False leaves out the estimate of the time, which tries a few rounds. Default: true. */
  readonly estimate?: boolean
}

/** The preview of a sweep. */
export interface SweepOutlook {
  readonly folder: string
  readonly cells: number
  readonly seeds: number
  /** Number of runs in the whole sweep; a run that several cells share counts once. */
  readonly runs: number
  /** Numbers of this shard. */
  readonly shard: { readonly index: number; readonly of: number; readonly runs: number; readonly finished: number }
  readonly jobs: number
  /** Estimated time for the rest of this shard; null without an estimate. */
  readonly estimatedMs: number | null
  /** The basis of the estimate, in words. */
  readonly estimatedFrom: string | null
}

/** A sweep that may begin. */
export interface PreparedSweep {
  readonly outlook: SweepOutlook
  /** The sweep's own folder. */
  readonly folder: string
  readonly plan: SweepPlan
  /** Run folders of this shard. */
  readonly mine: ReadonlySet<string>
  /** Tasks of this shard that are not finished. */
  readonly tasks: readonly SweepTask[]
  readonly estimates: Estimates | null
}

/**
 * Plans a sweep, finds its finished runs, and estimates the rest. For purpose `run` it makes the sweep's folder,
 * otherwise it writes nothing. Throws InputError if a cell cannot run or a data set is missing; for purpose `run`, also
 * if the folder cannot be made or finished runs would be overwritten.
 */
export async function prepareSweep(
  base: Experiment,
  where: string,
  options: SweepWork,
  purpose: 'plan' | 'run',
): Promise<PreparedSweep> {
  const { folder: name, plan, tasks } = planSweep(base, where, options)
  const folder = resolve(options.out, name)
  const mine = shardOf(tasks, options.shard)
  const finished = new Map<string, number>()
  for (const task of mine) {
    const summary = finishedRun(join(folder, task.folder), task.experimentId)
    if (summary) finished.set(task.folder, summary.wallMs)
  }
  if (purpose === 'run' && finished.size > 0 && !options.resume) {
    throw new InputError(
      `${shown(folder)}: already has ${finished.size} of ${count(mine.length, 'run')}; keep them and run the rest with --resume, or choose another folder with --out`,
    )
  }
  // An unusable folder is refused before the estimate, which takes time.
  if (purpose === 'run') makeSweepFolder(folder)
  const left = mine.filter((task) => !finished.has(task.folder))
  for (const { experiment } of oneOfEach(left, ({ experiment }) => JSON.stringify(experiment.learning.dataset)))
    await dataOf(experiment)
  const cores = availableParallelism()
  const simulated = left.every(({ experiment }) => experiment.runtime.name === 'simulation')
  const jobs = Math.max(1, Math.min(options.jobs ?? (simulated ? cores : 1), left.length))
  const estimates =
    left.length === 0 || options.estimate === false ? null : await estimateTasks(mine, finished, options.signal)
  const leftMs = estimates && left.reduce((sum, task) => sum + (estimates.ms.get(task.folder) ?? 0), 0)
  return {
    folder,
    plan,
    mine: new Set(mine.map((task) => task.folder)),
    tasks: left.map((task) => withWorkers(task, Math.max(1, Math.floor(cores / jobs)))),
    estimates,
    outlook: {
      folder: shown(folder),
      cells: plan.cells.length,
      seeds: plan.seeds.length,
      runs: tasks.length,
      shard: { ...options.shard, runs: mine.length, finished: finished.size },
      jobs,
      estimatedMs: left.length === 0 ? 0 : leftMs === null ? null : leftMs / jobs,
      estimatedFrom: estimates && `${basis(estimates)}${busy(cores)}`,
    },
  }
}

/** The basis of an estimate, in words. */
function basis({ kinds, tried, finished }: Estimates): string {
  const some = tried === kinds ? 'each kind of run' : `${tried} of the ${kinds} kinds of runs`
  return [
    ...(tried > 0 ? [`three rounds of ${kinds === 1 ? 'a run' : some}`] : []),
    ...(finished > 0 ? ['the finished runs'] : []),
  ].join(' and ')
}

/** Above this load per core, other programs compete with a sweep. */
const busyLoad = 0.6

function busy(cores: number): string {
  const [load = 0] = loadavg()
  if (load < busyLoad * cores) return ''
  return `; uncertain, because the machine is busy now (load ${load.toFixed(1)} on ${count(cores, 'core')})`
}

/**
 * Sets the number of workers of a simulation, unless its file sets it. Many runs use one worker each, few runs more.
 */
function withWorkers(task: SweepTask, workers: number): SweepTask {
  const { runtime } = task.experiment
  if (runtime.name !== 'simulation' || runtime.workers !== undefined) return task
  return { ...task, experiment: { ...task.experiment, runtime: { ...runtime, workers } } }
}

function oneOfEach<T>(values: readonly T[], key: (value: T) => string): T[] {
  return [...new Map(values.map((value) => [key(value), value])).values()]
}

/** The preview of a sweep as lines. */
export function outlookLines(outlook: SweepOutlook): string[] {
  const { folder, cells, seeds, runs, shard, jobs, estimatedMs, estimatedFrom } = outlook
  const left = shard.runs - shard.finished
  const time =
    left === 0
      ? 'nothing is left to do'
      : estimatedMs === null
        ? 'no estimate of the time outside the simulator'
        : `about ${roughly(estimatedMs)}, estimated from ${estimatedFrom}`
  return [
    `${count(cells, 'cell')} with ${count(seeds, 'seed')}: ${count(runs, 'run')} in ${folder}`,
    ...(shard.of > 1 ? [`shard ${shard.index} of ${shard.of}: ${count(shard.runs, 'run')}`] : []),
    ...(shard.finished > 0 ? [`finished already: ${shard.finished} of ${shard.runs}`] : []),
    `${jobs} at a time, ${time}`,
  ]
}
