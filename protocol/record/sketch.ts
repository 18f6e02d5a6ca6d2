import { integer, randomStream } from '#learning/random.ts'
import type { Sketch } from './events.ts'

/** Number of coordinates of a sketch. */
export const sketchLength = 256

/**
 * The coordinates of every sketch of a run, ascending and distinct: 256 of d, or all d if d is smaller. They come from
 * the random stream (seed, 'sketch'), so all peers and the harness use the same ones. Throws RangeError unless d is a
 * positive integer.
 *
 * Floyd's sampling without replacement (Bentley and Floyd 1987, Programming Pearls), O(256) whatever d is.
 * Choices: coordinates, not a random projection: docs/decisions/001-sketches-are-coordinates.md.
 */
export function sketchCoordinates(d: number, seed: number): Uint32Array {
  if (!Number.isInteger(d) || d < 1) throw new RangeError(`sketch needs d >= 1, got d=${d}`)
  const count = Math.min(sketchLength, d)
  const random = randomStream(seed, 'sketch')
  const chosen = new Set<number>()
  for (let j = d - count; j < d; j++) {
    const candidate = integer(random, j + 1)
    chosen.add(chosen.has(candidate) ? j : candidate)
  }
  return Uint32Array.from(chosen).sort()
}

/** Encodes these coordinates of a vector (d) as base64 of little-endian float32. */
export function encodeSketch(vector: Float32Array, coordinates: Uint32Array): Sketch {
  const bytes = new Uint8Array(coordinates.length * 4)
  const view = new DataView(bytes.buffer)
  coordinates.forEach((coordinate, i) => {
    const value = vector[coordinate]
    if (value === undefined) throw new RangeError(`sketch needs d > ${coordinate}, got d=${vector.length}`)
    view.setFloat32(i * 4, value, true)
  })
  return toBase64(bytes)
}

/** The numbers of a sketch, fresh. Throws RangeError for text that is not base64 of whole float32 numbers. */
export function decodeSketch(text: Sketch): Float32Array {
  const bytes = fromBase64(text)
  if (bytes.length % 4 !== 0) throw new RangeError(`sketch needs whole float32 numbers, got ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer)
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true))
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** RFC 4648, section 4, with padding. The pure folders have neither Buffer nor btoa. */
function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    text += `${alphabet[word >> 18]}${alphabet[(word >> 12) & 63]}`
    text += left > 1 ? alphabet[(word >> 6) & 63] : '='
    text += left > 2 ? alphabet[word & 63] : '='
  }
  return text
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const body = text.replace(/={1,2}$/, '')
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*$/.test(body)) {
    throw new RangeError(`sketch needs base64, got ${text.length} characters that are not`)
  }
  const bytes = new Uint8Array(Math.floor((body.length * 3) / 4))
  let word = 0
  let bits = 0
  let at = 0
  for (const letter of body) {
    word = ((word << 6) | alphabet.indexOf(letter)) & 0xffffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (word >> bits) & 255
    }
  }
  return bytes
}
