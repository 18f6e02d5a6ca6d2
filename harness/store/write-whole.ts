import { randomUUID } from 'node:crypto'
import { closeSync, openSync, renameSync, writeFileSync } from 'node:fs'

/** Writes a file atomically, even if processes of several machines write it at once. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  writePieces(path, () => [content])
}

/** The same in pieces, for content that is too large for memory. */
export function writePieces(path: string, pieces: () => Iterable<string | Uint8Array>): void {
  const temporary = `${path}.${randomUUID()}.tmp`
  const file = openSync(temporary, 'w')
  try {
    for (const piece of pieces()) writeFileSync(file, piece)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
}
