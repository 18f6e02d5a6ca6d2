import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it that are missing, one by one: Node's own recursive mkdir never returns on file
 * systems that refuse new folders as if a parent were missing, such as /proc. Throws a system error.
 */
export function makeFolder(path: string): void {
  const missing: string[] = []
  for (let at = path; !statSync(at, { throwIfNoEntry: false }); at = dirname(at)) {
    missing.unshift(at)
    if (dirname(at) === at) break
  }
  for (const folder of missing) makeOne(folder)
  // A file in the place of the folder.
  if (missing.length === 0 && !statSync(path).isDirectory()) mkdirSync(path)
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another process has made it in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(folder).isDirectory()) throw error
  }
}
