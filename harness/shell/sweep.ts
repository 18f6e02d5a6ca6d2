import type { Experiment } from '#protocol/experiment/schema.ts'
import { duration, percent } from '#report/summary/wording.ts'
import type { SweepResults } from '#report/sweep/results.ts'
import { hypothesisLine } from '#report/sweep/wording.ts'
import { shown } from '../store/shown.ts'
import type { TaskOutcome } from '../sweep/crew.ts'
import { endingLines, failsSweep } from '../sweep/endings.ts'
import { kindOf } from '../sweep/estimate.ts'
import { createForecast } from '../sweep/forecast.ts'
import { performSweep, type SweepListener } from '../sweep/perform.ts'
import type { SweepTask } from '../sweep/plan.ts'
import { outlookLines, type PreparedSweep, prepareSweep, type SweepWork } from '../sweep/prepare.ts'
import { createSweepProgress, type SweepProgress, type SweepStanding } from '../sweep/sweep-progress.ts'
import { sweepTable } from '../sweep/sweep-table.ts'
import { writeSweepReport } from '../sweep/write.ts'

/**
 * Runs the rest of a sweep, or of a shard. Writes plan and progress to stderr, a table of cells to stdout, run folders
 * and the sweep's report to disk. Resolves to the exit code: 0; 1 if an expectation of a run failed (a vacuous attack
 * alone is only reported); 3 if runs broke; 130 if interrupted. Throws InputError before anything runs.
 */
export async function runSweep(base: Experiment, where: string, options: SweepWork): Promise<number> {
  const prepared = await prepareSweep(base, where, options, 'run')
  for (const line of outlookLines(prepared.outlook)) process.stderr.write(`${line}\n`)
  if (options.signal.aborted) return 130
  const progress = createSweepProgress()
  const listener = displayOf(prepared, progress, options.signal)
  const { results, broken } = await performSweep(base, prepared, options, listener).finally(progress.stop)
  const written = showSweep(prepared.folder, results)
  for (const line of broken) process.stderr.write(`${line}\n`)
  if (options.signal.aborted) return 130
  if (broken.length > 0 || !written) return 3
  const { mine } = prepared
  return results.finished.some(({ run, summary }) => mine.has(run.folder) && failsSweep(summary.verdict)) ? 1 : 0
}

/**
 * Writes the report of a sweep folder, and prints its table of cells, its hypotheses and its outcome. Returns whether
 * every file was written.
 */
export function showSweep(folder: string, results: SweepResults): boolean {
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const { path, hypotheses, lost } = writeSweepReport(folder, results, say)
  const written = lost.some((file) => file.startsWith('report.html ')) ? [] : [`Report: ${shown(path)}`]
  const lines = [
    ...hypotheses.map(hypothesisLine),
    ...endingLines(results),
    ...lost.map((file) => `Not written: ${file}`),
    ...written,
  ]
  process.stdout.write(`${sweepTable(results)}\n\n${lines.join('\n')}\n`)
  return lost.length === 0
}

/** Shows the progress of all tasks as one display, with a forecast of the time. */
function displayOf(
  { tasks, estimates, outlook }: PreparedSweep,
  progress: SweepProgress,
  signal: AbortSignal,
): SweepListener {
  const shares = new Map<string, number>()
  let done = 0
  const forecast = createForecast(
    tasks.map(({ folder, experiment }) => ({
      folder,
      kind: kindOf(experiment),
      estimateMs: estimates?.ms.get(folder) ?? null,
    })),
    outlook.jobs,
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
  const advance = (task: SweepTask, share: number): void => {
    shares.set(task.folder, share)
    forecast.progressed(task.folder, share)
    progress.update(standing())
  }
  return {
    started(task) {
      forecast.began(task.folder, performance.now())
      advance(task, 0)
    },
    progressed: advance,
    said: (task, line) => progress.say(`${task.label}: ${line}`),
    say: progress.say,
    ended(task, outcome) {
      shares.delete(task.folder)
      done += 1
      forecast.ended(task.folder, performance.now())
      if (!signal.aborted) progress.ended(`${task.label}: ${ending(outcome)}`, standing())
    },
  }
}

function ending(outcome: TaskOutcome): string {
  if (outcome.type === 'failed') return `broke: ${outcome.message}`
  const { verdict, accuracy, wallMs } = outcome
  const failed = verdict.exitCode === 0 ? '' : `, ${verdict.kind}`
  return `${percent(accuracy.mean)}, worst ${percent(accuracy.worst)} in ${duration(wallMs)}${failed}`
}
