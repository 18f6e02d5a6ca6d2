import { type Decoded, malformed, tooLarge } from './decoded.ts'

/** The next bytes of a payload: raw little-endian numbers, in order, without gaps. */
export interface Chunk {
  readonly type: 'chunk'
  readonly transfer: number
  /** A view of the frame; copy it to keep it. */
  readonly bytes: Uint8Array
}
export const chunkCode = 3
/** Maximum number of payload bytes in a chunk: with its frame, a chunk fits one 16 KiB WebRTC message. */
export const chunkBytes = 16 * 1024 - 64
/** u32 transfer, bytes. */
export const chunkLimit = 4 + chunkBytes

export function encodeChunk(chunk: Chunk): Uint8Array {
  const body = new Uint8Array(4 + chunk.bytes.byteLength)
  new DataView(body.buffer).setUint32(0, chunk.transfer)
  body.set(chunk.bytes, 4)
  return body
}

export function decodeChunk(body: Uint8Array): Decoded<Chunk> {
  if (body.byteLength > chunkLimit) return tooLarge
  if (body.byteLength < 5) return malformed
  const transfer = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(0)
  return { ok: true, value: { type: 'chunk', transfer, bytes: body.subarray(4) } }
}
