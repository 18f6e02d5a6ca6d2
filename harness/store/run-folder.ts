import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '#protocol/loading/input-error.ts'
import type { Summary } from '#report/summary/summary.ts'

/** The summary of a run that is finished and is of this identity; undefined of one that broke, was stopped or is not there. */
export function finishedRun(folder: string, experimentId: string): Summary | undefined {
  const summary = summaryIn(folder)
  if (summary?.experimentId !== experimentId) return undefined
  return summary.verdict?.kind === 'interrupted' || summary.verdict?.kind === 'swarm broke' ? undefined : summary
}

/** The identity of the experiment whose summary lies in a run folder; undefined without one. */
export function runIn(folder: string): string | undefined {
  return summaryIn(folder)?.experimentId
}

/** Whether a run was begun in a folder, whatever became of it. */
export function hasBegun(folder: string): boolean {
  return existsSync(join(folder, 'events.ndjson'))
}

/** A summary that cannot be read counts as none. */
export function summaryIn(folder: string): Summary | undefined {
  const file = join(folder, 'summary.json')
  if (!existsSync(file)) return undefined
  try {
    return readJson<Summary>(file)
  } catch (error) {
    if (error instanceof InputError) return undefined
    throw error
  }
}

/** Throws InputError where a file is not JSON. */
export function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch (error) {
    throw new InputError(`${file}: cannot be read (${(error as Error).message})`)
  }
}
