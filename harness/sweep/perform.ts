import { join } from 'node:path'
import type { Experiment } from '#protocol/experiment/schema.ts'
import type { SweepResults } from '#report/sweep/results.ts'
import { createLosses } from '../store/losses.ts'
import { runTasks, type TaskOutcome } from './crew.ts'
import { forgetFailure, readSweepFolder, recordFailure, writeSweepFolder } from './folder.ts'
import type { SweepTask } from './plan.ts'
import type { PreparedSweep, SweepWork } from './prepare.ts'

/** Receives the progress of a sweep. */
export interface SweepListener {
  started(task: SweepTask): void
  /** The share of a run that is done, 0 to 1. */
  progressed(task: SweepTask, share: number): void
  /** A line that the run would print. */
  said(task: SweepTask, line: string): void
  /** A line about the sweep's own folder. */
  say(line: string): void
  ended(task: SweepTask, outcome: TaskOutcome): void
}

export interface SweepPerformed {
  /** The finished runs of all shards, and what is missing. */
  readonly results: SweepResults
  /** A line for each run that broke, or lost a file. */
  readonly broken: readonly string[]
}

/**
 * Runs the rest of a sweep, or of a shard, and writes its run folders. Prints nothing. Runs that break are recorded in
 * their folders.
 */
export async function performSweep(
  base: Experiment,
  { folder, plan, tasks, outlook }: PreparedSweep,
  options: SweepWork,
  listener: SweepListener,
): Promise<SweepPerformed> {
  const { signal } = options
  const broken: string[] = []
  const folderOf = (task: SweepTask): string => join(folder, task.folder)
  const losses = createLosses(listener.say)
  const failureOf = (task: SweepTask): string => join(folderOf(task), 'failure.json')
  writeSweepFolder(folder, base, plan)
  await runTasks(tasks, {
    jobs: outlook.jobs,
    reports: options.reports,
    checkpoints: { everyMs: options.checkpointMs, resume: options.resume },
    signal,
    folderOf,
    started(task) {
      losses.attempt(failureOf(task), () => forgetFailure(folderOf(task)))
      listener.started(task)
    },
    progress: listener.progressed,
    said: listener.said,
    ended(task, outcome) {
      if (outcome.type === 'done') {
        const { kind, lines } = outcome.verdict
        if (outcome.lost.length > 0) broken.push(`not written: ${task.label}: ${outcome.lost.join(', ')}`)
        if (kind === 'swarm broke') broken.push(`broke: ${task.label}: ${lines[0] ?? ''}`)
      } else if (!signal.aborted) {
        losses.attempt(failureOf(task), () => recordFailure(folderOf(task), outcome.message))
        broken.push(`broke: ${task.label}: ${outcome.message}`)
      }
      listener.ended(task, outcome)
    },
  })
  return { results: readSweepFolder(folder), broken }
}
