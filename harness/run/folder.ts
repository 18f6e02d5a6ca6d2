import { mkdirSync, rmdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { makeFolder } from '#node/data/make-folder.ts'
import { isSystemError, reasonOf } from '#node/system-error.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { shown } from '../store/shown.ts'
import { type EventLog, openEventLog } from '../store/write.ts'

/**
 * Makes a new run folder below `out`, named by experiment name, start of the identity, and time in seconds; a number
 * follows if a run of the same second has this name. Throws InputError if the folder cannot be made.
 */
export function makeRunFolder({ name }: Experiment, id: string, out: string, now = new Date()): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  const first = resolve(out, `${name}-${id.slice(0, 8)}-${stamp}`)
  for (let attempt = 1; ; attempt++) {
    const folder = attempt === 1 ? first : `${first}-${attempt}`
    try {
      makeFolder(dirname(folder))
      mkdirSync(folder)
      return folder
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' && attempt < maxAttempts) continue
      throw cannotBeMade(folder, error)
    }
  }
}

/** Maximum number of runs of one experiment that start in the same second. */
const maxAttempts = 10_000

/** Removes a run folder in which nothing was written. */
export function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // It holds files, or it is gone.
  }
}

/** Opens the log of a run folder. Throws InputError if that fails. */
export function openRunFolder(folder: string): EventLog {
  try {
    return openEventLog(folder)
  } catch (error) {
    throw cannotBeMade(folder, error)
  }
}

function cannotBeMade(folder: string, error: unknown): unknown {
  if (!isSystemError(error)) return error
  const { path = folder } = error
  return new InputError(`${shown(folder)}: the run folder cannot be made: ${shown(path)}: ${reasonOf(error, 'write')}`)
}
