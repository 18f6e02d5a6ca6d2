import type { Digest } from '#protocol/record/vector-digest.ts'
import { nonceBytes } from '#protocol/wire/update-header.ts'

/** SHA-256 by crypto.subtle, which exists only in a secure context. */
export const tabDigest: Digest = {
  sha256: async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)),
}

/** A new random nonce for an update header. */
export const tabNonce = (): Uint8Array => crypto.getRandomValues(new Uint8Array(nonceBytes))
