import { basename } from 'node:path'
import { isSystemError, reasonOf } from '#node/system-error.ts'
import { shown } from './shown.ts'

/** The files of a run folder that could not be written. */
export interface Losses {
  /**
   * Writes a file by `work`. A system error ends neither the run nor its other files: it is recorded. Only the
   * first one is reported, in one line.
   */
  attempt(path: string, work: () => void): void
  /** One phrase for each lost file: its name and the reason. Empty if every file was written. */
  list(): readonly string[]
}

export function createLosses(say: (line: string) => void): Losses {
  const lost = new Map<string, string>()
  return {
    attempt(path, work) {
      try {
        work()
      } catch (error) {
        if (!isSystemError(error)) throw error
        const reason = reasonOf(error, 'write')
        if (lost.size === 0) say(`${shown(path)}: ${reason}; going on without this file`)
        lost.set(path, reason)
      }
    },
    list: () => [...lost].map(([path, reason]) => `${basename(path)} (${reason})`),
  }
}
