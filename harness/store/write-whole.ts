import { randomUUID } from 'node:crypto'
import { closeSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'

/** Writes a file atomically, even if processes of several machines write it at once. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  writePieces(path, () => [content])
}

/**
 * The same in pieces, for content that is too large for memory. A failure leaves no temporary file. A device or named
 * pipe is written as it is, because a rename would replace it.
 */
export function writePieces(path: string, pieces: () => Iterable<string | Uint8Array>): void {
  const direct = statSync(path, { throwIfNoEntry: false })?.isFile() === false
  const temporary = direct ? path : `${path}.${randomUUID()}.tmp`
  const file = openSync(temporary, 'w')
  try {
    try {
      for (const piece of pieces()) writeFileSync(file, piece)
    } finally {
      closeSync(file)
    }
    if (!direct) renameSync(temporary, path)
  } catch (error) {
    if (!direct) rmSync(temporary, { force: true })
    throw error
  }
}
