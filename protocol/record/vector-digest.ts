import { toHex } from './hex.ts'

/** SHA-256 of bytes, by node:crypto in Node and crypto.subtle in tabs. */
export interface Digest {
  sha256(bytes: Uint8Array): Promise<Uint8Array>
}

const known = new WeakMap<Float32Array, Promise<string>>()

/**
 * SHA-256 (hex) of a vector's bytes. It hashes each array once, so the array must not change afterwards. With
 * gradients, all peers of a simulation hold the same array.
 */
export function vectorDigest(vector: Float32Array, digest: Digest): Promise<string> {
  const before = known.get(vector)
  if (before) return before
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
  const hashed = digest.sha256(bytes).then(toHex)
  known.set(vector, hashed)
  return hashed
}
