import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { inPresentWords } from '#protocol/loading/renamed.ts'
import type { Summary } from '#report/summary/summary.ts'
import type { MissingRun, PlannedRun, SweepPlan, SweepResults } from '#report/sweep/results.ts'
import { finishedRun, hasBegun, readJson, summaryIn } from '../store/run-folder.ts'
import { experimentText } from '../store/text.ts'
import { writeWhole } from '../store/write-whole.ts'

/** Writes `sweep.yaml` (the resolved file) and `plan.json`. Every shard writes the same files. */
export function writeSweepFolder(folder: string, base: Experiment, plan: SweepPlan): void {
  const heading = base.question ? `# ${base.question.replaceAll(/\s+/g, ' ')}\n` : ''
  try {
    mkdirSync(join(folder, 'runs'), { recursive: true })
  } catch (error) {
    throw new InputError(`${folder}: the sweep's folder cannot be made (${(error as NodeJS.ErrnoException).code})`)
  }
  writeWhole(join(folder, 'sweep.yaml'), `${heading}${experimentText(base, folder)}`)
  writeWhole(join(folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`)
}

/** Whether a folder is a sweep folder. */
export function isSweepFolder(folder: string): boolean {
  return existsSync(join(folder, 'plan.json'))
}

/** The plan of a sweep folder and its finished runs, of all shards. */
export function readSweepFolder(folder: string): SweepResults {
  const written = readJson<SweepPlan>(join(folder, 'plan.json'))
  const plan: SweepPlan = {
    ...written,
    hypotheses: written.hypotheses.map((hypothesis, k) => inPresentWords(['sweep', 'hypotheses', k], hypothesis)),
    figures: written.figures.map((figure, k) => inPresentWords(['sweep', 'figures', k], figure)),
  }
  const finished: { run: PlannedRun; summary: Summary }[] = []
  const missing: MissingRun[] = []
  const summaries = new Map<string, Summary | undefined>()
  for (const run of plan.runs) {
    if (!summaries.has(run.folder)) summaries.set(run.folder, finishedRun(join(folder, run.folder), run.experimentId))
    const summary = summaries.get(run.folder)
    if (summary) finished.push({ run, summary })
    else missing.push({ ...run, ...whyMissing(join(folder, run.folder), run.experimentId) })
  }
  return { plan, finished, missing }
}

/** Records why a run broke before it had a summary. A later attempt removes the record. */
export function recordFailure(folder: string, message: string): void {
  mkdirSync(folder, { recursive: true })
  writeWhole(join(folder, 'failure.json'), `${JSON.stringify({ message }, null, 2)}\n`)
}

export function forgetFailure(folder: string): void {
  rmSync(join(folder, 'failure.json'), { force: true })
}

/** Why a planned run has no result, according to its folder. */
function whyMissing(folder: string, experimentId: string): Pick<MissingRun, 'state' | 'reason'> {
  const failure = failureIn(folder)
  if (failure !== undefined) return { state: 'broke', reason: failure }
  const summary = summaryIn(folder)
  if (summary && summary.experimentId !== experimentId)
    return { state: 'unfinished', reason: 'its folder holds a run of another identity' }
  const [reason = null] = summary?.verdict?.lines ?? []
  if (summary) return { state: summary.verdict?.kind === 'swarm broke' ? 'broke' : 'unfinished', reason }
  if (existsSync(join(folder, 'checkpoint.bin'))) return { state: 'unfinished', reason: 'it has a checkpoint' }
  return { state: hasBegun(folder) ? 'unfinished' : 'not begun', reason: null }
}

/** The message that `recordFailure` wrote; undefined without one. */
function failureIn(folder: string): string | undefined {
  const file = join(folder, 'failure.json')
  if (!existsSync(file)) return undefined
  try {
    return readJson<{ readonly message: string }>(file).message
  } catch (error) {
    if (error instanceof InputError) return 'its failure.json cannot be read'
    throw error
  }
}
