import { createHash, randomBytes } from 'node:crypto'
import { nonceBytes } from '#protocol/messages/update-header.ts'
import type { Digest } from '#protocol/ports.ts'

/** SHA-256 by node:crypto. */
export const nodeDigest: Digest = {
  sha256: (bytes) => Promise.resolve(new Uint8Array(createHash('sha256').update(bytes).digest())),
}

/** The nonce of an update header. */
export const nodeNonce = (): Uint8Array => new Uint8Array(randomBytes(nonceBytes))
