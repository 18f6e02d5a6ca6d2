import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { makeFolder } from './make-folder.ts'

/** A download failed. The message is one line that starts with the URL. */
export class DownloadError extends Error {
  readonly code = 'download'
  override readonly name = 'DownloadError'
  /** Whether the next attempt can resume from the bytes received so far. */
  readonly resumable: boolean
  constructor(message: string, resumable: boolean, cause?: unknown) {
    super(message, { cause })
    this.resumable = resumable
  }
}

export interface DownloadOptions {
  /** Maximum size of the file, bytes. */
  readonly most: number
  readonly progress?: (received: number, total: number | undefined) => void
  /** Milliseconds without a byte after which the attempt fails; default 30,000. */
  readonly stallMs?: number
  readonly signal?: AbortSignal
}

/** Maximum number of attempts in one call; each must receive some bytes to allow the next. */
const maxAttempts = 5

/**
 * Downloads a URL into a file. An existing file counts as the beginning: the request asks only for the rest (HTTP
 * Range), if the server supports it. A broken connection resumes in the same way, as long as each attempt receives
 * bytes. A failed download leaves its file, so that a later call resumes. The caller must check the content. Throws
 * DownloadError, or the system's error if the file cannot be written.
 */
export async function download(url: string, path: string, options: DownloadOptions): Promise<void> {
  makeFolder(dirname(path))
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(path)
    try {
      await receive(url, path, before, options)
      return
    } catch (error) {
      if (!(error instanceof DownloadError) || !error.resumable) throw error
      if (options.signal?.aborted || attempt === maxAttempts || (await sizeOf(path)) <= before) throw error
    }
  }
}

async function receive(url: string, path: string, have: number, options: DownloadOptions): Promise<void> {
  const { most, progress, stallMs = 30_000, signal } = options
  const stall = new AbortController()
  const timer = setTimeout(() => stall.abort(), stallMs)
  const cancel = signal ? AbortSignal.any([stall.signal, signal]) : stall.signal
  const say = (what: string, error?: unknown): DownloadError =>
    new DownloadError(`${url} ${stall.signal.aborted ? `sent nothing for ${stallMs / 1000} s` : what}`, true, error)
  try {
    let response: Response
    try {
      const headers = { 'accept-encoding': 'identity', ...(have > 0 ? { range: `bytes=${have}-` } : {}) }
      response = await fetch(url, { headers, signal: cancel })
    } catch (error) {
      throw say(`cannot be reached (${codeOf(error)})`, error)
    }
    if (have > 0 && response.status === 416) {
      await response.body?.cancel()
      if (rangeOf(response)?.total === have) return
      await rm(path)
      return await receive(url, path, 0, options)
    }
    const { body } = response
    if (!response.ok || !body) throw new DownloadError(`${url} answered ${response.status}`, false)
    const packed = response.headers.get('content-encoding') ?? 'identity'
    if (packed !== 'identity') throw new DownloadError(`${url} compresses its files once more (${packed})`, false)
    const start = response.status === 206 ? rangeOf(response)?.start : 0
    if (start !== have && start !== 0)
      throw new DownloadError(`${url} sent a different byte range than requested`, false)
    const length = response.headers.get('content-length')
    const total = length === null ? undefined : start + Number(length)
    const tooLong = (): DownloadError => new DownloadError(`${url} is longer than the ${most} bytes expected`, false)
    if (total !== undefined && total > most) throw tooLong()

    let received = start
    const pieces = async function* () {
      const reader = body.getReader()
      for (;;) {
        const { done, value } = await reader.read().catch((error: unknown) => {
          throw say(`broke off after ${received}${total === undefined ? '' : ` of ${total}`} bytes`, error)
        })
        if (done) return
        timer.refresh()
        received += value.length
        if (received > most) throw tooLong()
        progress?.(received, total)
        yield value
      }
    }
    await pipeline(pieces, createWriteStream(path, { flags: start > 0 ? 'a' : 'w' }))
  } finally {
    clearTimeout(timer)
    stall.abort()
  }
}

/** Parses Content-Range: `bytes START-END/TOTAL`, or `bytes *` with `/TOTAL` for a range that does not exist. */
function rangeOf(response: Response): { start: number | undefined; total: number | undefined } | undefined {
  const match = /^bytes (?:\*|(\d+)-\d+)\/(?:\*|(\d+))$/.exec(response.headers.get('content-range') ?? '')
  if (!match) return undefined
  const number = (digits: string | undefined) => (digits === undefined ? undefined : Number(digits))
  return { start: number(match[1]), total: number(match[2]) }
}

function codeOf(error: unknown): string {
  const { cause, name } = error as Error & { cause?: NodeJS.ErrnoException }
  return cause?.code ?? cause?.message ?? name
}

/** Size of a file in bytes; 0 if it does not exist. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
