import { once } from 'node:events'
import { createInterface } from 'node:readline'

/**
 * Runs a filter over JSON lines from stdin: one output line for each input line, `{"error": ...}` where it was
 * refused. Resolves to the exit code, 2 if any line was.
 */
export async function filterLines(answer: (request: unknown) => unknown): Promise<number> {
  let refused = false
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() === '') continue
    let result: unknown
    try {
      result = answer(parse(line))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      refused = true
      result = { error: error.message }
    }
    if (!process.stdout.write(`${JSON.stringify(result)}\n`)) await once(process.stdout, 'drain')
  }
  return refused ? 2 : 0
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw new RangeError(`not a line of JSON: ${(error as Error).message}`)
  }
}
