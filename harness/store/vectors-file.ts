import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
import { writePieces } from './write-whole.ts'

/** Replaces a vector by its index among the vectors of the file. */
interface Place {
  readonly vectorAt: number
}

/**
 * The first piece of a file. The vectors follow it as little-endian float32. A SHA-256 stands before the head and after
 * the vectors, so that a file whose bytes changed is detected.
 */
interface Head {
  readonly value: unknown
  /** Lengths of the vectors. */
  readonly lengths: readonly number[]
}

/** Bytes at the start of the file, which hold the length of the head. */
const lengthBytes = 8
const digestBytes = 32
/** Bytes before the head. */
const startBytes = lengthBytes + digestBytes

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

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
    yield new Uint8Array(Float64Array.of(head.length).buffer)
    yield sha256(head)
    yield head
    const hash = createHash('sha256')
    for (const vector of vectors) {
      // A file cannot be written from shared memory.
      const bytes = new Uint8Array(Float32Array.from(vector).buffer)
      hash.update(bytes)
      yield bytes
    }
    yield hash.digest()
  })
}

/** Reads the data with new vectors, one for several references. Undefined if the file is truncated or its bytes changed. */
export function readVectorsFile(path: string): unknown {
  const file = openSync(path, 'r')
  try {
    const head = readHead(file)
    if (!head) return undefined
    const hash = createHash('sha256')
    const vectors = head.lengths.map((length) => {
      const vector = new Float32Array(length)
      const bytes = new Uint8Array(vector.buffer)
      readSync(file, bytes)
      hash.update(bytes)
      return vector
    })
    const written = new Uint8Array(digestBytes)
    readSync(file, written)
    if (!hash.digest().equals(written)) return undefined
    return replaced(head.value, (part) => {
      // All arrays of the head share one buffer; a transfer of one array to a worker would take it along.
      if (part instanceof Float64Array) return part.slice()
      return isPlace(part) ? vectors[part.vectorAt] : undefined
    })
  } finally {
    closeSync(file)
  }
}

/** Reads the data with placeholders instead of vectors. Undefined if the file is truncated or its head changed. */
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
  if (!Number.isInteger(length) || length < 1 || length > size - startBytes) return undefined
  const written = new Uint8Array(digestBytes)
  readSync(file, written)
  const bytes = new Uint8Array(length)
  readSync(file, bytes)
  if (!sha256(bytes).equals(written)) return undefined
  const head = deserialize(bytes) as Head
  const vectorBytes = head.lengths.reduce((sum, numbers) => sum + 4 * numbers, 0)
  return size === startBytes + length + vectorBytes + digestBytes ? head : undefined
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
