import { renameSync, writeFileSync } from 'node:fs'

/** Writes a file that appears whole or not at all. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, content)
  renameSync(temporary, path)
}
