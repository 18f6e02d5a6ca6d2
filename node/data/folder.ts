import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Dataset, LabelledImages } from '#learning/datasets/dataset.ts'
import { assembleFolder, roleOf } from '#learning/datasets/folder.ts'
import { reasonOf } from '../system-error.ts'

/** A data set from a folder of the user, with its identity. */
export interface FolderDataset {
  readonly dataset: Dataset
  /** SHA-256 (hex) of shape, labels and images. Names and compression of the files do not count. */
  readonly sha256: string
}

/**
 * Reads a folder of IDX or CIFAR-10 files. Throws RangeError if the folder is missing, or if its files are damaged or
 * do not fit each other. With `expected`, also throws if the content has another SHA-256. The message is one line that
 * starts with the folder.
 */
export function readDataFolder(folder: string, expected?: string): FolderDataset {
  try {
    const dataset = assembleFolder(basename(resolve(folder)), readFiles(folder))
    const sha256 = contentHash(dataset)
    if (expected !== undefined && sha256 !== expected) {
      throw new RangeError(
        `holds other data than the experiment says: its SHA-256 is ${sha256}, expected ${expected}; leave sha256 out to take the folder as it is`,
      )
    }
    return { dataset, sha256 }
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`${folder}: ${error.message}`, { cause: error })
    throw error
  }
}

function readFiles(folder: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  const entries = namesIn(folder)
  for (const entry of entries) {
    const name = entry.replace(/\.gz$/, '')
    // A file takes precedence over its gzipped twin.
    if (!roleOf(name) || (name !== entry && entries.includes(name))) continue
    const bytes = read(join(folder, entry), entry)
    files.set(name, name === entry ? bytes : unpacked(bytes, entry))
  }
  return files
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new RangeError(code === 'ENOENT' || code === 'ENOTDIR' ? 'is not a folder' : reasonOf(cause), { cause })
  }
}

function read(path: string, name: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new RangeError(`has ${name}, which cannot be read: ${reasonOf(cause)}`, { cause })
  }
}

function unpacked(bytes: Uint8Array, name: string): Uint8Array {
  try {
    return gunzipSync(bytes)
  } catch (cause) {
    throw new RangeError(`has ${name}, which is not a whole gzip file`, { cause })
  }
}

function contentHash({ classes, train, test }: Dataset): string {
  const hash = createHash('sha256')
  const add = (part: LabelledImages): void => {
    hash
      .update(`${part.count} x ${part.shape.join(' x ')}\n`)
      .update(part.labels)
      .update(part.images)
  }
  hash.update(`${classes} classes\n`)
  add(train)
  add(test)
  return hash.digest('hex')
}
