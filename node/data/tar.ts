/** One regular file of an archive. Read its content before the next entry; the next entry skips the rest. */
export interface TarEntry {
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly content: AsyncIterable<Uint8Array>
}

const block = 512

/**
 * Yields the regular files of a tar archive (POSIX ustar), read from chunks of any size. Skips other entries. Throws
 * RangeError if a header is damaged or the archive ends within an entry.
 *
 * POSIX.1-1988 (ustar), https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html, "ustar Interchange
 * Format".
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void, void> {
  const source = createSource(chunks)
  for (;;) {
    const header = await source.exactly(block)
    if (header === undefined || header.every((byte) => byte === 0)) return
    checkHeader(header)
    const size = octal(header, 124, 12)
    let left = size
    const content = (async function* () {
      while (left > 0) {
        const piece = await source.some(left)
        left -= piece.length
        yield piece
      }
    })()
    const type = header[156]
    if (type === 0 || type === 0x30) {
      const prefix = text(header, 345, 155)
      const name = text(header, 0, 100)
      yield { name: prefix ? `${prefix}/${name}` : name, size, content }
    }
    while (left > 0) left -= (await source.some(left)).length
    const padding = (block - (size % block)) % block
    if (padding > 0 && (await source.exactly(padding)) === undefined) throw cutShort()
  }
}

function createSource(chunks: AsyncIterable<Uint8Array>) {
  const iterator = chunks[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array()
  /** At least one byte and at most `most`. */
  const some = async (most: number): Promise<Uint8Array> => {
    while (rest.length === 0) {
      const next = await iterator.next()
      if (next.done) throw cutShort()
      rest = next.value
    }
    const piece = rest.subarray(0, most)
    rest = rest.subarray(piece.length)
    return piece
  }
  /** Exactly `count` bytes, or undefined if the archive ends before them. */
  const exactly = async (count: number): Promise<Uint8Array | undefined> => {
    while (rest.length === 0) {
      const next = await iterator.next()
      if (next.done) return undefined
      rest = next.value
    }
    const bytes = new Uint8Array(count)
    for (let filled = 0; filled < count; ) {
      const piece = await some(count - filled)
      bytes.set(piece, filled)
      filled += piece.length
    }
    return bytes
  }
  return { some, exactly }
}

function cutShort(): RangeError {
  return new RangeError('the archive is cut short')
}

/** Compares the checksum at offset 148 with the sum of the header's bytes, its own field read as spaces. */
function checkHeader(header: Uint8Array): void {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0)
  if (octal(header, 148, 8) !== sum) throw new RangeError('this is not a tar archive, or it is damaged')
}

function text(header: Uint8Array, from: number, length: number): string {
  const field = header.subarray(from, from + length)
  const end = field.indexOf(0)
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end))
}

function octal(header: Uint8Array, from: number, length: number): number {
  const digits = text(header, from, length).trim()
  if (!/^[0-7]+$/.test(digits)) throw new RangeError('this is not a tar archive, or it is damaged')
  return Number.parseInt(digits, 8)
}
