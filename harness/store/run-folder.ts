import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { reading } from '#node/system-error.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import type { Summary } from '#report/summary/summary.ts'
import { foreignSummary } from './summary-shape.ts'

/** The summary of a finished run of this identity; undefined if it is missing, broke or was interrupted. */
export function finishedRun(folder: string, experimentId: string): Summary | undefined {
  const summary = summaryIn(folder)
  if (summary?.experimentId !== experimentId) return undefined
  return summary.verdict.kind === 'interrupted' || summary.verdict.kind === 'swarm broke' ? undefined : summary
}

/** The identity of the experiment in the summary of a run folder; undefined without a summary. */
export function runIn(folder: string): string | undefined {
  return summaryIn(folder)?.experimentId
}

/** Whether a run was started in a folder. */
export function hasBegun(folder: string): boolean {
  return existsSync(join(folder, 'events.ndjson'))
}

/**
 * The summary in a run folder; undefined if there is none. Throws InputError if the file cannot be read, is damaged,
 * or comes from another program or another schema version.
 */
export function summaryIn(folder: string): Summary | undefined {
  const file = join(folder, 'summary.json')
  if (!existsSync(file)) return undefined
  const value = readJson(file)
  const foreign = foreignSummary(value)
  if (foreign !== undefined) throw new InputError(`${file}: ${foreign}`)
  return value as Summary
}

/** Reads a JSON file. Throws InputError if it cannot be read or is not JSON. */
export function readJson(file: string): unknown {
  const text = reading(file, () => readFileSync(file, 'utf8'))
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InputError(`${file}: is not JSON (${(error as Error).message.split('\n')[0]})`)
  }
}
