import { join, resolve } from 'node:path'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { type EventLog, openEventLog } from '../store/write.ts'

/** The path of a new run folder below `out`, named by experiment name, start of the identity, and time in seconds. */
export function newRunFolder({ name }: Experiment, id: string, out: string): string {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  return resolve(out, `${name}-${id.slice(0, 8)}-${stamp}`)
}

/** Makes the run folder and opens its log. Throws InputError if that fails. */
export function openRunFolder(folder: string): EventLog {
  try {
    return openEventLog(folder)
  } catch (error) {
    throw new InputError(`${shown(folder)}: the run folder cannot be made (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** A path relative to the current folder if it is inside that folder. */
export function shown(path: string): string {
  return path.startsWith(join(process.cwd(), '/')) ? path.slice(process.cwd().length + 1) : path
}
