import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { makeFolder } from '#node/data/make-folder.ts'
import { isSystemError, lineOf } from '#node/system-error.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { sweepSchema } from '#protocol/experiment/sweep-schema.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { inPresentWords } from '#protocol/loading/renamed.ts'
import type { Summary } from '#report/summary/summary.ts'
import type { MissingRun, PlannedRun, SweepPlan, SweepResults } from '#report/sweep/results.ts'
import { finishedRun, hasBegun, readJson, summaryIn } from '../store/run-folder.ts'
import { shown } from '../store/shown.ts'
import { experimentText } from '../store/text.ts'
import { writeWhole } from '../store/write-whole.ts'

/** Makes a sweep's folder. Throws InputError if it cannot be made. */
export function makeSweepFolder(folder: string): void {
  making(folder, () => makeFolder(join(folder, 'runs')))
}

/** Writes `sweep.yaml` (the resolved file) and `plan.json`. Every shard writes the same files. */
export function writeSweepFolder(folder: string, base: Experiment, plan: SweepPlan): void {
  const heading = base.question ? `# ${base.question.replaceAll(/\s+/g, ' ')}\n` : ''
  making(folder, () => {
    writeWhole(join(folder, 'sweep.yaml'), `${heading}${experimentText(base, folder)}`)
    writeWhole(join(folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`)
  })
}

function making(folder: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new InputError(`${shown(folder)}: the sweep's folder cannot be made: ${lineOf(error, 'write')}`)
  }
}

/** Whether a folder is a sweep folder. */
export function isSweepFolder(folder: string): boolean {
  return existsSync(join(folder, 'plan.json'))
}

/**
 * The plan of a sweep folder and its finished runs, of all shards. Throws InputError if the plan or a summary is
 * damaged, or comes from another program or another schema version.
 */
export function readSweepFolder(folder: string): SweepResults {
  const plan = readPlan(join(folder, 'plan.json'))
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

/** The keys of `plan.json` that the report needs. */
const planShape = z.looseObject({
  name: z.string(),
  question: z.string().nullable(),
  hearsayVersion: z.string(),
  axes: z.array(z.looseObject({ name: z.string(), labels: z.array(z.string()) })),
  cells: z.array(
    z.looseObject({ coordinates: z.record(z.string(), z.string()), changes: z.record(z.string(), z.unknown()) }),
  ),
  seeds: z.array(z.int()),
  runs: z.array(z.looseObject({ cell: z.int().min(0), seed: z.int(), experimentId: z.string(), folder: z.string() })),
  ...sweepSchema.pick({ hypotheses: true, figures: true, published: true }).shape,
})

function readPlan(file: string): SweepPlan {
  const written = readJson(file) as Partial<SweepPlan> | null
  const inPresent = (key: 'hypotheses' | 'figures'): unknown => {
    const parts = written?.[key]
    return Array.isArray(parts) ? parts.map((part, k) => inPresentWords(['sweep', key, k], part)) : parts
  }
  const parsed = planShape.safeParse({ ...written, hypotheses: inPresent('hypotheses'), figures: inPresent('figures') })
  const stray = parsed.data?.runs.find(({ cell }) => cell >= (parsed.data?.cells.length ?? 0))
  if (parsed.success && !stray) return parsed.data as SweepPlan
  const path = parsed.error?.issues[0]?.path.join('.') ?? 'runs'
  throw new InputError(`${file}: is not a plan.json of this version of Hearsay: ${path} is missing or wrong`)
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
  const [reason = null] = summary?.verdict.lines ?? []
  if (summary) return { state: summary.verdict.kind === 'swarm broke' ? 'broke' : 'unfinished', reason }
  if (existsSync(join(folder, 'checkpoint.bin'))) return { state: 'unfinished', reason: 'it has a checkpoint' }
  return { state: hasBegun(folder) ? 'unfinished' : 'not begun', reason: null }
}

/** The message that `recordFailure` wrote; undefined without one. */
function failureIn(folder: string): string | undefined {
  const file = join(folder, 'failure.json')
  if (!existsSync(file)) return undefined
  try {
    const { message } = readJson(file) as { readonly message?: unknown }
    return typeof message === 'string' ? message : 'its failure.json is not of Hearsay'
  } catch (error) {
    if (error instanceof InputError || error instanceof TypeError) return 'its failure.json cannot be read'
    throw error
  }
}
