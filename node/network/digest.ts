import { createHash, randomBytes } from 'node:crypto'
import type { Digest } from '#protocol/record/vector-digest.ts'
import { nonceBytes } from '#protocol/wire/update-header.ts'

/** SHA-256 by node:crypto. */
export const nodeDigest: Digest = {
  sha256: (bytes) => Promise.resolve(new Uint8Array(createHash('sha256').update(bytes).digest())),
}

/** A new random nonce for an update header. */
export const nodeNonce = (): Uint8Array => new Uint8Array(randomBytes(nonceBytes))
