import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { reasonOf } from '../system-error.ts'
import type { Pin } from './sources.ts'

export type FileCheck =
  | { readonly state: 'good' }
  | { readonly state: 'missing' }
  /** `detail` completes a sentence that starts with the file's name. */
  | { readonly state: 'damaged'; readonly detail: string }

/** Reads a file and compares it with its pin. Never throws for a missing, unreadable or damaged file. */
export async function checkFile(path: string, pin: Pin): Promise<FileCheck> {
  const file = createReadStream(path)
  const chunks = pin.of === 'packed' ? file : pipeline(file, createGunzip(), () => undefined)
  const meter = createMeter(pin)
  try {
    for await (const chunk of chunks as AsyncIterable<Uint8Array>) meter.update(chunk)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    if (code === 'ENOENT' || code === 'ENOTDIR') return { state: 'missing' }
    return {
      state: 'damaged',
      detail: code.startsWith('Z_') ? 'is not a whole gzip file' : `cannot be read: ${reasonOf(error)}`,
    }
  }
  const wrong = meter.wrong()
  return wrong === undefined ? { state: 'good' } : { state: 'damaged', detail: wrong }
}

/** Counts and hashes bytes. `wrong` then describes how they differ from the pin; undefined if they match. */
export function createMeter({ bytes, sha256 }: Pick<Pin, 'bytes' | 'sha256'>) {
  const hash = createHash('sha256')
  let count = 0
  return {
    update(chunk: Uint8Array): void {
      hash.update(chunk)
      count += chunk.length
    },
    wrong(): string | undefined {
      if (count !== bytes) return `has ${count} bytes, expected ${bytes}`
      const sum = hash.digest('hex')
      return sum === sha256 ? undefined : `has the SHA-256 ${sum}, expected ${sha256}`
    },
  }
}
