import { randomUUID } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'

/** Writes a file that appears whole or not at all, also where processes of several machines write it at once. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${randomUUID()}.tmp`
  writeFileSync(temporary, content)
  renameSync(temporary, path)
}
