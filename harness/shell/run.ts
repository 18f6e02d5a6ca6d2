import { join } from 'node:path'
import type { Experiment } from '#protocol/experiment/schema.ts'
import type { Summary } from '#report/summary/summary.ts'
import { isInterrupted } from '../run/is-interrupted.ts'
import type { Launch } from '../run/launcher.ts'
import { runLoaded } from '../run/run.ts'
import { twinsOf } from '../run/twins.ts'
import { shown } from '../store/shown.ts'
import { peersTable } from '../terminal/peers-table.ts'
import { createProgress } from '../terminal/progress.ts'
import { verdictText } from '../terminal/verdict.ts'

export interface ShownRunOptions {
  /** Folder for the run folder; `runs` by default. */
  readonly out?: string
  readonly launch?: Launch
  /** Run folder of an interrupted run of the same experiment, to continue there. */
  readonly resume?: string
  /** Minimum time between two checkpoints; without it there are none. */
  readonly checkpointMs?: number
  /** Ends the run; the results so far are kept. */
  readonly signal: AbortSignal
}

/**
 * Runs an experiment and its twins: progress on stderr, the table of peers and the verdict on stdout, the run folder
 * on disk. Resolves to the exit code: 0 as expected, 1 an expectation failed, 3 the run broke or a file of it could not
 * be written, 130 interrupted.
 */
export async function runExperiment(experiment: Experiment, options: ShownRunOptions): Promise<number> {
  const { summary, lost } = await runAndShow(experiment, options)
  // A Ctrl-C during the writing of the report counts too, although the report is complete.
  if (await isInterrupted(options.signal)) return 130
  if (summary.verdict.kind === 'interrupted') return 130
  return lost.length > 0 ? 3 : summary.verdict.exitCode
}

/** A run with its results on stdout. */
export interface ShownRun {
  readonly summary: Summary
  /** The files that could not be written, with the reasons. */
  readonly lost: readonly string[]
}

/** Like runExperiment, but resolves to the summary of the run. */
export async function runAndShow(experiment: Experiment, options: ShownRunOptions): Promise<ShownRun> {
  const { out = 'runs', launch, ...rest } = options
  const progress = createProgress({
    name: experiment.name,
    rounds: experiment.rounds.count,
    twins: twinsOf(experiment).map(({ name, label, experiment: { rounds } }) => ({
      name,
      label,
      rounds: rounds.count,
    })),
  })
  let report = ''
  const within = {
    ...(launch ? { launch } : {}),
    measured: progress.stop,
    opened: (folder: string) => {
      report = shown(join(folder, 'report.html'))
    },
  }
  const { record, recordTwin, say } = progress
  const { summary, lost } = await runLoaded(
    experiment,
    { out, ...rest, onEvent: record, onTwinEvent: recordTwin, onMessage: say },
    within,
  )
  process.stdout.write(`${peersTable(summary)}\n\n${verdictText(summary, report, lost)}\n`)
  return { summary, lost }
}
