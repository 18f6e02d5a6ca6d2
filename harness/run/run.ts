import type { Experiment } from '#protocol/experiment/schema.ts'
import { experimentId } from '#protocol/loading/identity.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import type { Summary } from '#report/summary/summary.ts'
import { dataOf } from '../config/data.ts'
import { createLosses } from '../store/losses.ts'
import { abortion, asExperimentError, RunError } from './errors.ts'
import { type ExperimentInput, experimentOf } from './experiment-input.ts'
import { makeRunFolder, removeEmpty } from './folder.ts'
import { type Launch, launcherOf } from './launcher.ts'
import { NotStartedError } from './not-started.ts'
import { performRun } from './perform.ts'
import { resumable } from './resuming.ts'

export interface RunOptions {
  /** The parent of the run folder, as with `hearsay run --out`. Without it nothing is written. */
  readonly out?: string
  /** Ends the run. The promise rejects with the signal's reason, which then has the measurements as `summary`. */
  readonly signal?: AbortSignal
  /** Receives each event of the run, as `events.ndjson` has them. Its errors end the run. */
  readonly onEvent?: (event: LoggedEvent) => void
  /** Receives each event of a twin, with the name of the twin. */
  readonly onTwinEvent?: (twin: string, event: LoggedEvent) => void
  /** Receives each line that the command would print on stderr. */
  readonly onMessage?: (line: string) => void
  /** False leaves out report.html. */
  readonly report?: boolean
  /** The run folder of an interrupted run of the same experiment, to continue there. Replaces `out`. */
  readonly resume?: string
  /** Minimum time between two checkpoints; without it there are none. Needs `out` or `resume`. */
  readonly checkpointMs?: number
}

/**
 * Runs an experiment and its twins, and prints nothing. Resolves to the summary, which `summary.json` has too; a failed
 * expectation is in its `verdict`. Rejects with ExperimentError if experiment or options are unusable, with RunError if
 * the run breaks, and with the signal's reason after an abort.
 */
export async function run(experiment: ExperimentInput | string, options: RunOptions = {}): Promise<Summary> {
  const { signal = new AbortController().signal } = options
  const { summary, lost } = await loadAndRun(experiment, { ...options, signal }).catch((error) => {
    if (!(error instanceof NotStartedError)) throw asExperimentError(error)
    throw error.exitCode === 130
      ? abortion(signal, undefined)
      : new RunError(error.message, undefined, { cause: error })
  })
  const { kind, lines } = summary.verdict
  if (kind === 'interrupted') throw abortion(signal, summary)
  if (kind === 'swarm broke') throw new RunError(lines[0] ?? 'the swarm broke', summary)
  if (lost.length > 0) throw new RunError(`not written: ${lost.join(', ')}`, summary)
  return summary
}

async function loadAndRun(experiment: ExperimentInput | string, options: RunOptions): Promise<LoadedRun> {
  const loaded = experimentOf(experiment)
  if (loaded.sweep) throw new InputError(`${loaded.name}: is a sweep; run it with sweep()`)
  return runLoaded(loaded, options)
}

/** Like `run`, but in the simulator for every runtime. */
export function simulate(experiment: ExperimentInput | string, options: RunOptions = {}): Promise<Summary> {
  return run(inSimulation(experiment), options)
}

function inSimulation(experiment: ExperimentInput | string): ExperimentInput {
  if (typeof experiment === 'string') return { extends: experiment, runtime: 'simulation' }
  const { runtime } = experiment
  const simulated = runtime === 'simulation' || (typeof runtime === 'object' && runtime.name === 'simulation')
  return simulated ? experiment : { ...experiment, runtime: 'simulation' }
}

/** The additions of the commands: a launcher, and callbacks. */
interface Within {
  readonly launch?: Launch
  /** Called after the peers have ended, before the run folder is written. */
  readonly measured?: () => void
  /** Called with the run folder before anything runs. */
  readonly opened?: (folder: string) => void
}

/** A run that ended. */
interface LoadedRun {
  readonly summary: Summary
  /** The files that could not be written, with the reasons. */
  readonly lost: readonly string[]
}

/**
 * Runs an experiment that is loaded. Resolves to the summary of a run that broke or was interrupted, too. Rejects with
 * InputError or NotStartedError.
 */
export async function runLoaded(experiment: Experiment, options: RunOptions, within: Within = {}): Promise<LoadedRun> {
  const { signal = new AbortController().signal, out, checkpointMs } = options
  const dataset = await dataOf(experiment)
  const id = experimentId(experiment)
  const resumed = options.resume === undefined ? undefined : resumable(options.resume, id)
  const launch = within.launch ?? (await launcherOf(experiment))
  if (resumed === undefined && out === undefined && checkpointMs !== undefined)
    throw new InputError('checkpointMs: needs out, the folder for run folders')
  const folder = resumed ?? (out === undefined ? undefined : makeRunFolder(experiment, id, out))
  const say = (line: string): void => options.onMessage?.(line)
  const losses = createLosses(say)
  try {
    if (folder !== undefined) within.opened?.(folder)
    const summary = await performRun(experiment, dataset, {
      folder,
      launch,
      signal,
      losses,
      report: options.report ?? true,
      progress: {
        record: (event) => options.onEvent?.(event),
        recordTwin: (twin, event) => options.onTwinEvent?.(twin, event),
        say,
        stop: () => within.measured?.(),
      },
      ...(checkpointMs === undefined ? {} : { checkpoints: { everyMs: checkpointMs, resume: resumed !== undefined } }),
    })
    return { summary, lost: losses.list() }
  } finally {
    if (folder !== undefined) removeEmpty(folder)
  }
}
