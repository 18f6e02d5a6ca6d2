import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '#protocol/loading/input-error.ts'
import type { Summary } from '#report/summary/summary.ts'
import type { PlannedRun } from '#report/sweep/results.ts'
import { abortion, asExperimentError } from '../run/errors.ts'
import { type ExperimentInput, experimentOf } from '../run/experiment-input.ts'
import type { TaskOutcome } from './crew.ts'
import { performSweep } from './perform.ts'
import { type PreparedSweep, prepareSweep } from './prepare.ts'
import { type SweepReport, writeSweepReport } from './write.ts'

export interface SweepOptions {
  /** The parent of the sweep's folder, as with `hearsay sweep --out`. Without it nothing is kept on disk. */
  readonly out?: string
  /** Ends the sweep. The promise rejects with the signal's reason; finished runs stay in `out`. */
  readonly signal?: AbortSignal
  /** Runs at a time, each in a process of its own. Default: as many as keep all cores busy. */
  readonly jobs?: number
  /** Runs only every `of`-th run, starting with `index` (from 1). */
  readonly shard?: { readonly index: number; readonly of: number }
  /** Keeps the finished runs in `out` and runs the rest. */
  readonly resume?: boolean
  /** Runs the twins of every experiment too. */
  readonly twins?: boolean
  /** False leaves out report.html of the single runs. */
  readonly reports?: boolean
  /** Receives each run that ends, as it ends: its summary, or why it broke. */
  readonly onRun?: (run: SweptRun) => void
}

/** A run of a sweep that ended. */
export interface SweptRun {
  /** Cell and seed in words. */
  readonly label: string
  /** Mean and worst accuracy of honest peers, 0 to 1; undefined if the run broke. */
  readonly accuracy: { readonly mean: number; readonly worst: number } | undefined
  /** Why the run broke; undefined if it finished. */
  readonly failure: string | undefined
}

export interface SweepSummary {
  /** The content of `results.json`: the metrics of every cell over its seeds, hypotheses, findings, runs. */
  readonly results: SweepReport
  /** The summary of each finished run, with its cell and seed. */
  readonly runs: readonly { readonly run: PlannedRun; readonly summary: Summary }[]
  /** A line for each run that broke, and for each file that could not be written. */
  readonly broken: readonly string[]
  /** The sweep's folder; undefined without `out`. */
  readonly folder: string | undefined
}

/** Minimum time between two checkpoints of a run. */
const checkpointMs = 30_000

/**
 * Runs every cell of a sweep with every seed, in child processes, and prints nothing. Resolves to the results; a run
 * that breaks does not reject. Rejects with ExperimentError if the experiment or an option is unusable, and with the
 * signal's reason after an abort.
 */
export async function sweep(experiment: ExperimentInput | string, options: SweepOptions = {}): Promise<SweepSummary> {
  const { signal = new AbortController().signal } = options
  const out = options.out ?? mkdtempSync(join(tmpdir(), 'hearsay-sweep-'))
  try {
    return await sweepInto(out, experiment, { ...options, signal })
  } catch (error) {
    throw asExperimentError(error)
  } finally {
    if (options.out === undefined) rmSync(out, { recursive: true, force: true })
  }
}

async function sweepInto(
  out: string,
  experiment: ExperimentInput | string,
  options: SweepOptions & { readonly signal: AbortSignal },
): Promise<SweepSummary> {
  const base = experimentOf(experiment)
  if (!base.sweep)
    throw new InputError(`${base.name}: is not a sweep, because it has no section sweep; run it with run()`)
  const { signal, onRun } = options
  const work = {
    out,
    jobs: options.jobs,
    shard: options.shard ?? { index: 1, of: 1 },
    resume: options.resume ?? false,
    checkpointMs,
    twins: options.twins ?? false,
    reports: options.reports ?? options.out !== undefined,
    signal,
    estimate: false,
  }
  const prepared: PreparedSweep = await prepareSweep(base, base.name, work, 'run')
  if (signal.aborted) throw abortion(signal, undefined)
  const { results, broken } = await performSweep(base, prepared, work, {
    started: () => {},
    progressed: () => {},
    said: () => {},
    say: () => {},
    ended(task, outcome) {
      onRun?.(sweptRun(task.label, outcome))
    },
  })
  if (signal.aborted) throw abortion(signal, undefined)
  const { results: report, lost } = writeSweepReport(prepared.folder, results, () => {})
  return {
    results: report,
    runs: results.finished,
    broken: [...broken, ...lost.map((file) => `not written: ${file}`)],
    folder: options.out === undefined ? undefined : prepared.folder,
  }
}

function sweptRun(label: string, outcome: TaskOutcome): SweptRun {
  if (outcome.type === 'failed') return { label, accuracy: undefined, failure: outcome.message }
  const { verdict, accuracy } = outcome
  return { label, accuracy, failure: verdict.kind === 'swarm broke' ? verdict.lines[0] : undefined }
}
