import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Pin } from './sources.ts'

export type FileCheck =
  | { readonly state: 'good' }
  | { readonly state: 'missing' }
  /** `detail` says what is wrong with it, as the end of a sentence that starts with its name. */
  | { readonly state: 'damaged'; readonly detail: string }

/** Reads a file and compares it with its pin. Never throws for what is on the disk. */
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
      detail: code.startsWith('Z_') ? 'is not a whole gzip file' : `cannot be read (${code})`,
    }
  }
  const wrong = meter.wrong()
  return wrong === undefined ? { state: 'good' } : { state: 'damaged', detail: wrong }
}

/** Counts and hashes bytes as they pass; `wrong` then says how they differ from the pin, if they do. */
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
