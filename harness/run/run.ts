import { join } from 'node:path'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { experimentId } from '#protocol/loading/identity.ts'
import type { Summary } from '#report/summary/summary.ts'
import { dataOf } from '../config/data.ts'
import { peersTable } from '../terminal/peers-table.ts'
import { createProgress } from '../terminal/progress.ts'
import { verdictText } from '../terminal/verdict.ts'
import { newRunFolder, shown } from './folder.ts'
import { isInterrupted } from './is-interrupted.ts'
import { type Launch, launcherOf } from './launcher.ts'
import { performRun } from './perform.ts'
import { resumable } from './resuming.ts'
import { twinsOf } from './twins.ts'

export interface RunOptions {
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
 * on disk. Resolves to the exit code: 0 as expected, 1 an expectation failed, 3 the swarm broke, 130 interrupted.
 */
export async function runExperiment(experiment: Experiment, options: RunOptions): Promise<number> {
  const { verdict } = await runAndShow(experiment, options)
  // A Ctrl-C during the writing of the report counts too, although the report is complete.
  if (await isInterrupted(options.signal)) return 130
  return verdict.kind === 'interrupted' ? 130 : verdict.exitCode
}

/** As runExperiment, but resolves to the summary of the run. */
export async function runAndShow(experiment: Experiment, options: RunOptions): Promise<Summary> {
  const dataset = await dataOf(experiment)
  const id = experimentId(experiment)
  const folder = options.resume ? resumable(options.resume, id) : newRunFolder(experiment, id, options.out ?? 'runs')
  const launch = options.launch ?? (await launcherOf(experiment))
  const progress = createProgress({
    name: experiment.name,
    rounds: experiment.rounds.count,
    twins: twinsOf(experiment).map(({ name, label, experiment: { rounds } }) => ({
      name,
      label,
      rounds: rounds.count,
    })),
  })
  const summary = await performRun(experiment, dataset, {
    folder,
    launch,
    progress,
    signal: options.signal,
    ...(options.checkpointMs === undefined
      ? {}
      : { checkpoints: { everyMs: options.checkpointMs, resume: options.resume !== undefined } }),
  })
  const report = shown(join(folder, 'report.html'))
  process.stdout.write(`${peersTable(summary)}\n\n${verdictText(summary, report)}\n`)
  return summary
}
