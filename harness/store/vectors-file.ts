import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
import { writePieces } from './write-whole.ts'

/** Replaces a vector by its index among the vectors of the file. */
interface Place {
  readonly vectorAt: number
}

/** The first piece of a file. The vectors follow it as little-endian float32. */
interface Head {
  readonly value: unknown
  /** Lengths of the vectors. */
  readonly lengths: readonly number[]
}

/** Bytes before the head, which hold its length. */
const lengthBytes = 8
/** Bytes of the SHA-256 of all bytes before it, at the end of the file. */
const digestBytes = 32

/**
 * Writes plain data (objects, arrays, maps, typed arrays) with many vectors at any depth. It copies one vector at a
 * time. A vector with several references is written once.
 */
export function writeVectorsFile(path: string, value: unknown): void {
  const places = new Map<Float32Array, Place>()
  const named = replaced(value, (part) => {
    if (!(part instanceof Float32Array)) return undefined
    const place = places.get(part) ?? { vectorAt: places.size }
    places.set(part, place)
    return place
  })
  const vectors = [...places.keys()]
  const head = serialize({ value: named, lengths: vectors.map(({ length }) => length) } satisfies Head)
  writePieces(path, function* () {
    const hash = createHash('sha256')
    const hashed = (piece: Uint8Array): Uint8Array => {
      hash.update(piece)
      return piece
    }
    yield hashed(new Uint8Array(Float64Array.of(head.length).buffer))
    yield hashed(head)
    // A file cannot be written from shared memory.
    for (const vector of vectors) yield hashed(new Uint8Array(Float32Array.from(vector).buffer))
    yield hash.digest()
  })
}

/** Whether a file is whole: its last bytes are the digest of all others. Throws a system error if it cannot be read. */
export function isWhole(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const hash = createHash('sha256')
    let left = fstatSync(file).size - digestBytes
    if (left < 0) return false
    const piece = new Uint8Array(1 << 20)
    for (let read = 1; left > 0 && read > 0; left -= read) {
      read = readSync(file, piece, 0, Math.min(left, piece.length), null)
      hash.update(piece.subarray(0, read))
    }
    const digest = Buffer.alloc(digestBytes)
    readSync(file, digest)
    return hash.digest().equals(digest)
  } finally {
    closeSync(file)
  }
}

/** Reads the data with new vectors, one for several references. Undefined if the file is truncated. */
export function readVectorsFile(path: string): unknown {
  const file = openSync(path, 'r')
  try {
    const head = readHead(file)
    if (!head) return undefined
    const vectors = head.lengths.map((length) => {
      const vector = new Float32Array(length)
      readSync(file, new Uint8Array(vector.buffer))
      return vector
    })
    return replaced(head.value, (part) => {
      // All arrays of the head share one buffer; a transfer of one array to a worker would take it along.
      if (part instanceof Float64Array) return part.slice()
      return isPlace(part) ? vectors[part.vectorAt] : undefined
    })
  } finally {
    closeSync(file)
  }
}

/** Reads the data with placeholders instead of vectors. Undefined if the file is truncated. */
export function readVectorsHead(path: string): unknown {
  const file = openSync(path, 'r')
  try {
    return readHead(file)?.value
  } finally {
    closeSync(file)
  }
}

function readHead(file: number): Head | undefined {
  const { size } = fstatSync(file)
  const first = new Float64Array(1)
  readSync(file, new Uint8Array(first.buffer))
  const length = first[0] as number
  if (!(length > 0 && length <= size - lengthBytes - digestBytes)) return undefined
  const bytes = new Uint8Array(length)
  readSync(file, bytes)
  const head = deserialize(bytes) as Head
  const vectorBytes = head.lengths.reduce((sum, numbers) => sum + 4 * numbers, 0)
  return size === lengthBytes + length + vectorBytes + digestBytes ? head : undefined
}

function isPlace(part: unknown): part is Place {
  return typeof part === 'object' && part !== null && 'vectorAt' in part
}

/** A copy of plain data, with the parts replaced for which `replacement` returns a value. */
function replaced(part: unknown, replacement: (part: unknown) => unknown): unknown {
  const instead = replacement(part)
  if (instead !== undefined) return instead
  if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part)) return part
  const inner = (held: unknown): unknown => replaced(held, replacement)
  if (Array.isArray(part)) return part.map(inner)
  if (part instanceof Map) return new Map([...part].map(([key, held]) => [key, inner(held)]))
  return Object.fromEntries(Object.entries(part).map(([key, held]) => [key, inner(held)]))
}
