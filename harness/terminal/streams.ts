import { setImmediate } from 'node:timers/promises'
import { isSystemError, reasonOf } from '#node/system-error.ts'

/** A stream of results or messages: stdout or stderr. */
type Output = NodeJS.WriteStream

let failure: string | undefined

/** The line about the stream that failed, such as `stdout: the disk is full`; undefined if none did. */
export const streamFailure = (): string | undefined => failure

/**
 * Keeps a run alive when nobody reads its output. A closed pipe or terminal is ignored: the run goes on without that
 * stream. Any other error (a full disk) is reported once on stderr, and `streamFailure` returns it.
 */
export function guardStreams(stdout: Output = process.stdout, stderr: Output = process.stderr): void {
  guard('stdout', stdout, stderr)
  guard('stderr', stderr, undefined)
}

/** Resolves when both streams have written their text, or have failed. */
export async function flushStreams(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    // Even an empty text cannot be written to a full device.
    if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => resolve()))
    // A stream reports its failure after the callback of the write.
    await setImmediate()
  }
}

function guard(name: string, stream: Output, told: Output | undefined): void {
  let broken = false
  stream.on('error', (error: Error) => {
    if (broken) return
    broken = true
    if (isClosed(error, stream)) return
    failure ??= `${name}: ${isSystemError(error) ? reasonOf(error, 'write') : error.message}`
    told?.write(`hearsay: ${failure}\n`)
  })
}

/** Whether the reader of a stream is gone. A terminal that closed answers EIO. */
function isClosed(error: unknown, { isTTY }: Output): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'].includes(code) || (code === 'EIO' && isTTY)
}
