import { createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** A download that failed; the message is one line that starts with the URL. */
export class DownloadError extends Error {
  readonly code = 'download'
  override readonly name = 'DownloadError'
  /** Whether what has come so far is of use to the next attempt. */
  readonly resumable: boolean
  constructor(message: string, resumable: boolean, cause?: unknown) {
    super(message, { cause })
    this.resumable = resumable
  }
}

export interface DownloadOptions {
  /** More bytes than this are refused. */
  readonly most: number
  readonly progress?: (received: number, total: number | undefined) => void
  /** Milliseconds without a byte after which a server is given up. */
  readonly stallMs?: number
  readonly signal?: AbortSignal
}

/** Attempts in a row that may each bring the file forward a little before the rest is left to another time. */
const maxAttempts = 5

/**
 * Downloads a URL into a file. What is there already is taken for its beginning and only the rest is asked for, where
 * the server can do that (HTTP Range); a connection that breaks is resumed in the same way, as long as bytes come.
 * The file stays when the download fails on the way, so that a later call resumes; whether its bytes are the right
 * ones is for the caller to check. Throws DownloadError, or the system's error where the file cannot be written.
 */
export async function download(url: string, path: string, options: DownloadOptions): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
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
    if (packed !== 'identity') throw new DownloadError(`${url} sends its files packed once more (${packed})`, false)
    const start = response.status === 206 ? rangeOf(response)?.start : 0
    if (start !== have && start !== 0) throw new DownloadError(`${url} sent another part than was asked for`, false)
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

/** Content-Range: `bytes START-END/TOTAL`, or of a range that cannot be had: `bytes *` and `/TOTAL`. */
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

/** Bytes, 0 where there is no file. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
