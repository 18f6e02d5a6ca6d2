import { once } from 'node:events'
import { fstatSync } from 'node:fs'
import { isSystemError, lineOf } from '#node/system-error.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { parseJsonLine } from './json-line.ts'
import { type Line, linesOf } from './lines.ts'

/** Answers are written in batches: at most this many characters, and no answer waits longer than this. */
const together = { characters: 2 ** 16, ms: 50 }

/**
 * Runs a filter over JSON lines from stdin. Writes one line for each line, in order; for a refused or empty line it
 * writes `{"error": ...}`. Holds only a few lines in memory. Resolves to the exit code: 2 if any line was refused, 3 if
 * Hearsay itself failed at a line. The filter ends if the reader closes stdout or if the disk behind stdout is full.
 * The command reports a full disk.
 */
export async function filterLines(answer: (request: unknown) => unknown): Promise<number> {
  const { stdin, stdout } = process
  refuseFolder(stdin.fd)
  const closed = new AbortController()
  stdout.once('error', () => closed.abort())
  const write = async (text: string) => {
    if (!stdout.write(text) && !closed.signal.aborted) await once(stdout, 'drain', { signal: closed.signal })
    closed.signal.throwIfAborted()
  }
  let code = 0
  const answered = (line: Line): string => {
    try {
      return JSON.stringify(answer(parse(line)))
    } catch (error) {
      const refused = error instanceof RangeError
      code = Math.max(code, refused ? 2 : 3)
      const { message } = error as Error
      return JSON.stringify({
        error: refused ? message : `internal error, a bug in hearsay: ${message}`,
      })
    }
  }
  try {
    for await (const lines of linesOf(stdin)) {
      let text = ''
      let since = performance.now()
      for (const line of lines) {
        text += `${answered(line)}\n`
        if (text.length < together.characters && performance.now() - since < together.ms) continue
        await write(text)
        text = ''
        since = performance.now()
      }
      if (text !== '') await write(text)
    }
  } catch (error) {
    if (closed.signal.aborted) stdin.destroy()
    else if (isSystemError(error)) throw new InputError(lineOf(error, 'read', 'stdin'))
    else throw error
  }
  return code
}

/** Refuses a folder as stdin: Node would read it as an empty stream. */
function refuseFolder(descriptor: number): void {
  if (fstatSync(descriptor).isDirectory()) throw new InputError('stdin: is a folder, needs lines of JSON')
}

function parse(line: Line): unknown {
  if ('refused' in line) throw new RangeError(line.refused)
  return parseJsonLine(line.text)
}
