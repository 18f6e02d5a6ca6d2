/** Maximum length of a line in bytes: the limit of a V8 string. */
const longest = 2 ** 29 - 25

const newline = 10
const carriageReturn = 13

/** A line of a stream: its text, or the reason for its refusal. */
export type Line = { readonly text: string } | { readonly refused: string }

/**
 * Splits a stream of bytes into lines. Yields the lines of each chunk as soon as the chunk arrives, so a complete
 * request is answered before the next is sent. A line ends with a line feed; the last one need not. A carriage return
 * before the line feed and a byte order mark at the start of a line are removed. A line that is not UTF-8 or is longer
 * than `most` bytes is refused, and reading goes on. The bytes of a line that is too long are not kept in memory.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, most = longest): AsyncGenerator<readonly Line[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let pieces: Uint8Array[] = []
  let length = 0
  const keep = (piece: Uint8Array) => {
    length += piece.length
    if (length > most) pieces = []
    else if (piece.length > 0) pieces.push(piece)
  }
  const end = (): Line => {
    const whole = pieces.length === 1 ? (pieces[0] as Uint8Array) : joined(pieces)
    const bytes = length
    pieces = []
    length = 0
    if (bytes > most) return { refused: `a line of more than ${most} bytes` }
    try {
      return { text: decoder.decode(whole.at(-1) === carriageReturn ? whole.subarray(0, -1) : whole) }
    } catch {
      return { refused: 'a line that is not UTF-8' }
    }
  }
  for await (const chunk of chunks) {
    const lines: Line[] = []
    let from = 0
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      keep(chunk.subarray(from, at))
      lines.push(end())
      from = at + 1
    }
    keep(chunk.subarray(from))
    if (lines.length > 0) yield lines
  }
  if (length > 0) yield [end()]
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
