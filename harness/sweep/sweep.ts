import { availableParallelism, loadavg } from 'node:os'
import { join, relative, resolve } from 'node:path'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { count, duration, percent, roughly } from '#report/summary/wording.ts'
import type { SweepPlan, SweepResults } from '#report/sweep/results.ts'
import { hypothesisLine } from '#report/sweep/wording.ts'
import { dataOf } from '../config/data.ts'
import { finishedRun } from '../store/run-folder.ts'
import { runTasks, type TaskOutcome } from './crew.ts'
import { endingLines, failsSweep } from './endings.ts'
import { type Estimates, estimateTasks, kindOf } from './estimate.ts'
import { forgetFailure, readSweepFolder, recordFailure, writeSweepFolder } from './folder.ts'
import { createForecast } from './forecast.ts'
import { planSweep, type SweepTask, shardOf } from './plan.ts'
import { createSweepProgress, type SweepStanding } from './sweep-progress.ts'
import { sweepTable } from './sweep-table.ts'
import { writeSweepReport } from './write.ts'

export interface SweepOptions {
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

interface Prepared {
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
 * Plans a sweep, finds its finished runs, and estimates the rest. Writes nothing. Throws InputError if a cell cannot
 * run, if a data set is missing, or, for purpose `run`, if finished runs would be overwritten.
 */
export async function prepareSweep(
  base: Experiment,
  where: string,
  options: SweepOptions,
  purpose: 'plan' | 'run',
): Promise<Prepared> {
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
  const left = mine.filter((task) => !finished.has(task.folder))
  for (const { experiment } of oneOfEach(left, ({ experiment }) => JSON.stringify(experiment.learning.dataset)))
    await dataOf(experiment)
  const cores = availableParallelism()
  const simulated = left.every(({ experiment }) => experiment.runtime.name === 'simulation')
  const jobs = Math.max(1, Math.min(options.jobs ?? (simulated ? cores : 1), left.length))
  const estimates = left.length === 0 ? null : await estimateTasks(mine, finished, options.signal)
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

/**
 * Runs the rest of a sweep, or of a shard. Writes plan and progress to stderr, a table of cells to stdout, run folders
 * and the sweep's report to disk. Resolves to the exit code: 0; 1 if an expectation of a run failed (a vacuous attack
 * alone is only reported); 3 if runs broke; 130 if interrupted. Throws InputError before anything runs.
 */
export async function runSweep(base: Experiment, where: string, options: SweepOptions): Promise<number> {
  const { folder, outlook, plan, mine, tasks, estimates } = await prepareSweep(base, where, options, 'run')
  for (const line of outlookLines(outlook)) process.stderr.write(`${line}\n`)
  if (options.signal.aborted) return 130
  writeSweepFolder(folder, base, plan)
  const broken = await runAll(tasks, { folder, jobs: outlook.jobs, estimates, options })
  const results = readSweepFolder(folder)
  showSweep(folder, results)
  for (const line of broken) process.stderr.write(`${line}\n`)
  if (options.signal.aborted) return 130
  if (broken.length > 0) return 3
  return results.finished.some(({ run, summary }) => mine.has(run.folder) && failsSweep(summary.verdict)) ? 1 : 0
}

/** Writes the report of a sweep folder, and prints its table of cells, its hypotheses and its outcome. */
export function showSweep(folder: string, results: SweepResults): void {
  const { path, hypotheses } = writeSweepReport(folder, results)
  const lines = [...hypotheses.map(hypothesisLine), ...endingLines(results), `Report: ${shown(path)}`]
  process.stdout.write(`${sweepTable(results)}\n\n${lines.join('\n')}\n`)
}

interface Work {
  readonly folder: string
  readonly jobs: number
  readonly estimates: Prepared['estimates']
  readonly options: SweepOptions
}

/** Runs tasks with one progress display. Resolves to a line for each task that broke. */
async function runAll(tasks: readonly SweepTask[], work: Work): Promise<string[]> {
  const { folder, jobs, estimates, options } = work
  const { reports, signal } = options
  const broken: string[] = []
  const shares = new Map<string, number>()
  let done = 0
  const forecast = createForecast(
    tasks.map(({ folder, experiment }) => ({
      folder,
      kind: kindOf(experiment),
      estimateMs: estimates?.ms.get(folder) ?? null,
    })),
    jobs,
  )
  const standing = (): SweepStanding => {
    const going = [...shares.values()].reduce((sum, share) => sum + share, 0)
    return {
      done,
      total: tasks.length,
      running: shares.size,
      shares: done + going,
      leftMs: forecast.leftMs(performance.now()),
    }
  }
  const progress = createSweepProgress()
  const advance = (task: SweepTask, share: number): void => {
    shares.set(task.folder, share)
    forecast.progressed(task.folder, share)
    progress.update(standing())
  }
  const settle = (task: SweepTask, outcome: TaskOutcome): void => {
    shares.delete(task.folder)
    done += 1
    forecast.ended(task.folder, performance.now())
    if (outcome.type === 'done') {
      if (outcome.verdict.kind === 'swarm broke') broken.push(`broke: ${task.label}: ${outcome.verdict.lines[0] ?? ''}`)
    } else if (!signal.aborted) {
      recordFailure(join(folder, task.folder), outcome.message)
      broken.push(`broke: ${task.label}: ${outcome.message}`)
    }
    if (!signal.aborted) progress.ended(`${task.label}: ${ending(outcome)}`, standing())
  }
  try {
    await runTasks(tasks, {
      jobs,
      reports,
      checkpoints: { everyMs: options.checkpointMs, resume: options.resume },
      signal,
      folderOf: (task) => join(folder, task.folder),
      started(task) {
        forgetFailure(join(folder, task.folder))
        forecast.began(task.folder, performance.now())
        advance(task, 0)
      },
      progress: advance,
      said: (task, line) => progress.say(`${task.label}: ${line}`),
      ended: settle,
    })
  } finally {
    progress.stop()
  }
  return broken
}

function ending(outcome: TaskOutcome): string {
  if (outcome.type === 'failed') return `broke: ${outcome.message}`
  const { verdict, accuracy, wallMs } = outcome
  const failed = verdict.exitCode === 0 ? '' : `, ${verdict.kind}`
  return `${percent(accuracy.mean)}, worst ${percent(accuracy.worst)} in ${duration(wallMs)}${failed}`
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

/** A path relative to the current folder if it is inside that folder. */
function shown(path: string): string {
  const from = relative(process.cwd(), path)
  return from.startsWith('..') ? path : from
}
