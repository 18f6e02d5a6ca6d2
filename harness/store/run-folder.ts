import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '#protocol/loading/input-error.ts'
import type { Summary } from '#report/summary/summary.ts'

/** The summary of a finished run of this identity; undefined if it is missing, broke or was interrupted. */
export function finishedRun(folder: string, experimentId: string): Summary | undefined {
  const summary = summaryIn(folder)
  if (summary?.experimentId !== experimentId) return undefined
  return summary.verdict?.kind === 'interrupted' || summary.verdict?.kind === 'swarm broke' ? undefined : summary
}

/** The identity of the experiment in the summary of a run folder; undefined without a summary. */
export function runIn(folder: string): string | undefined {
  return summaryIn(folder)?.experimentId
}

/** Whether a run was started in a folder. */
export function hasBegun(folder: string): boolean {
  return existsSync(join(folder, 'events.ndjson'))
}

/** The summary in a run folder; undefined if it is missing or unreadable. */
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

/** Reads a JSON file. Throws InputError if it cannot be read as JSON. */
export function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch (error) {
    throw new InputError(`${file}: cannot be read (${(error as Error).message})`)
  }
}
