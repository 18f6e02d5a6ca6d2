import { once } from 'node:events'
import { fstatSync } from 'node:fs'
import { InputError } from '#protocol/loading/input-error.ts'
import { parseJsonLine } from './json-line.ts'
import { type Line, linesOf } from './lines.ts'

/** Answers are written together up to this many characters, and none waits longer than this many milliseconds. */
const together = { characters: 2 ** 16, ms: 50 }

/**
 * Runs a filter over JSON lines from stdin: one line out for each line in, in their order, `{"error": ...}` where it was
 * refused; an empty line is refused too. Memory is that of some lines. Resolves to the exit code: 2 if any line was
 * refused, 3 if this program failed at one. Where nobody reads on, it ends in silence.
 */
export async function filterLines(answer: (request: unknown) => unknown): Promise<number> {
  const { stdin, stdout } = process
  refuseDirectory(stdin.fd)
  const closed = new AbortController()
  stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    closed.abort()
  })
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
        error: refused ? message : `this line made hearsay fail, which is its fault: ${message}`,
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
    else if ((error as NodeJS.ErrnoException).syscall) throw new InputError(`stdin: ${(error as Error).message}`)
    else throw error
  }
  return code
}

/** Node reads a directory as an empty stream, so that nothing would be said of it. */
function refuseDirectory(descriptor: number): void {
  if (fstatSync(descriptor).isDirectory()) throw new InputError('stdin: is a directory, needs lines of JSON')
}

function parse(line: Line): unknown {
  if ('refused' in line) throw new RangeError(line.refused)
  return parseJsonLine(line.text)
}
