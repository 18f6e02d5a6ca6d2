import { createReadStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream'
import { pipeline as run } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { isSystemError, reasonOf } from '../system-error.ts'
import { DownloadError, download, sizeOf } from './download.ts'
import { makeFolder } from './make-folder.ts'
import type { DatasetSource, Pin } from './sources.ts'
import { readTar, type TarEntry } from './tar.ts'
import { checkFile, createMeter } from './verify.ts'

/** A data set could not be fetched. The message is one line. */
export class DataFetchError extends Error {
  readonly code = 'data-fetch'
  override readonly name = 'DataFetchError'
}

export interface FetchOptions {
  /** The folder for the files. */
  readonly dataFolder: string
  readonly progress?: (file: string, received: number, total: number | undefined) => void
  readonly stallMs?: number
  readonly signal?: AbortSignal
}

/** Maximum bytes of an archive, which has no pin of its own. */
const maxArchive = 2 ** 30

/**
 * Fetches the missing or damaged files of a data set and checks them against their pins. A file has a name that ends in
 * `.part` until it is complete and correct. The next call resumes a download that broke off. Returns the names of the
 * fetched files. Throws DataFetchError.
 */
export async function fetchDataset(source: DatasetSource, options: FetchOptions): Promise<string[]> {
  try {
    const wanted: Pin[] = []
    for (const pin of source.pins) {
      if ((await checkFile(join(options.dataFolder, pin.file), pin)).state !== 'good') wanted.push(pin)
    }
    if (wanted.length === 0) return []
    if (source.archives) await fetchArchive(source.dataset, source.archives, wanted, options)
    else for (const pin of wanted) await fetchFile(source.dataset, source.folders ?? [], pin, options)
    return wanted.map(({ file }) => file)
  } catch (error) {
    if (error instanceof DataFetchError || !isSystemError(error)) throw error
    const { path = options.dataFolder } = error
    const message = `data set ${source.dataset}: ${path} cannot be written: ${reasonOf(error, 'write')}`
    throw new DataFetchError(message, { cause: error })
  }
}

async function fetchFile(dataset: string, folders: readonly string[], pin: Pin, options: FetchOptions): Promise<void> {
  const path = join(options.dataFolder, pin.file)
  await fromAny(dataset, pin.file, folders, async (folder) => {
    const url = new URL(basename(path), folder).href
    const part = `${path}.part`
    await withoutLeftovers(part, async () => {
      await downloadPart(url, part, pin.bytes, pin.file, options)
      const check = await checkFile(part, pin)
      if (check.state === 'good') return await rename(part, path)
      await rm(part, { force: true })
      throw new DownloadError(`${url} ${check.state === 'damaged' ? check.detail : 'sent nothing'}`, false)
    })
  })
}

async function fetchArchive(
  dataset: string,
  archives: readonly string[],
  wanted: readonly Pin[],
  options: FetchOptions,
): Promise<void> {
  const folder = join(options.dataFolder, dirname((wanted[0] as Pin).file))
  await fromAny(dataset, basename(archives[0] ?? ''), archives, async (url) => {
    const name = basename(new URL(url).pathname)
    const part = join(folder, `${name}.part`)
    await withoutLeftovers(part, async () => {
      await downloadPart(url, part, maxArchive, name, options)
      try {
        await unpack(part, wanted, options.dataFolder, url)
      } finally {
        await rm(part, { force: true })
      }
    })
  })
}

/** Attempts a download. If it resumed an earlier part and its content was wrong, attempts it again from the start. */
async function withoutLeftovers(part: string, attempt: () => Promise<void>): Promise<void> {
  const resumed = (await sizeOf(part)) > 0
  try {
    await attempt()
  } catch (error) {
    if (!resumed || !(error instanceof DownloadError) || error.resumable) throw error
    await rm(part, { force: true })
    await attempt()
  }
}

/** Tries places in turn until one delivers the file. */
async function fromAny(
  dataset: string,
  file: string,
  places: readonly string[],
  attempt: (place: string) => Promise<void>,
): Promise<void> {
  const failures: DownloadError[] = []
  for (const place of places) {
    try {
      return await attempt(place)
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error
      failures.push(error)
    }
  }
  const reasons = failures.map(({ message }) => message).join('; ')
  const kept = failures.some(({ resumable }) => resumable) ? '; run the same command again to resume' : ''
  throw new DataFetchError(`data set ${dataset}: ${file} was not fetched: ${reasons}${kept}`, { cause: failures[0] })
}

/** Downloads into a part file. Removes an existing part that is longer than the file may be. */
async function downloadPart(
  url: string,
  part: string,
  most: number,
  file: string,
  { progress, stallMs, signal }: FetchOptions,
): Promise<void> {
  if ((await sizeOf(part)) > most) await rm(part)
  await download(url, part, {
    most,
    ...(progress ? { progress: (received: number, total: number | undefined) => progress(file, received, total) } : {}),
    ...(stallMs === undefined ? {} : { stallMs }),
    ...(signal ? { signal } : {}),
  })
}

/** Unpacks the wanted files of an archive and gzips them. Renames them to their final names if all match their pins. */
async function unpack(archive: string, wanted: readonly Pin[], dataFolder: string, url: string): Promise<void> {
  const missing = new Map(wanted.map((pin) => [basename(pin.file, '.gz'), pin]))
  const parts = wanted.map(({ file }) => ({ path: join(dataFolder, file), part: `${join(dataFolder, file)}.part` }))
  try {
    const unzipped = pipeline(createReadStream(archive), createGunzip(), () => undefined)
    for await (const entry of readTar(unzipped as AsyncIterable<Uint8Array>)) {
      const pin = missing.get(basename(entry.name))
      if (!pin) continue
      const wrong = await pack(entry, pin, `${join(dataFolder, pin.file)}.part`)
      if (wrong) throw new DownloadError(`${entry.name} of ${url} ${wrong}`, false)
      missing.delete(basename(entry.name))
      if (missing.size === 0) break
    }
    const [absent] = missing.keys()
    if (absent !== undefined) throw new DownloadError(`${url} does not hold ${absent}`, false)
    for (const { path, part } of parts) await rename(part, path)
  } catch (error) {
    for (const { part } of parts) await rm(part, { force: true })
    if (error instanceof RangeError) throw new DownloadError(`${url}: ${error.message}`, false, error)
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (code.startsWith('Z_')) throw new DownloadError(`${url} is not a whole gzip file`, false, error)
    throw error
  }
}

/** Writes an entry as a gzip file. Returns a description of how its bytes differ from the pin, if they do. */
async function pack(entry: TarEntry, pin: Pin, part: string): Promise<string | undefined> {
  if (entry.size !== pin.bytes) return `has ${entry.size} bytes, expected ${pin.bytes}`
  const meter = createMeter(pin)
  const metered = async function* () {
    for await (const chunk of entry.content) {
      meter.update(chunk)
      yield chunk
    }
  }
  makeFolder(dirname(part))
  // Opened in advance: a stream that fails while it opens its file leaves the file behind.
  const file = await open(part, 'w')
  await run(metered, createGzip(), file.createWriteStream())
  return meter.wrong()
}
