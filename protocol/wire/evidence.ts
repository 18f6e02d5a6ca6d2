import { fromHex } from '../record/hex.ts'
import type { Digest } from '../record/vector-digest.ts'
import { type Decoded, decodeCanonical, encodeCanonical, malformed } from './decoded.ts'
import { decodeHeader, headerDigest, type UpdateHeader } from './update-header.ts'

/** Two headers of one key for one round. They prove that the key signed two updates, not which of them is false. */
export interface Evidence {
  readonly peerId: string
  readonly first: UpdateHeader
  readonly second: UpdateHeader
}
export const evidenceLimit = 499

/** CBOR array [peer id, header, header] of encoded headers. */
export function encodeEvidence(peerId: string, first: Uint8Array, second: Uint8Array): Uint8Array {
  return encodeCanonical([peerId, first, second])
}

/**
 * Decodes and checks evidence: both headers have the same experiment, round, sender and kind, their digests differ, and
 * the accused signed both. The check needs only the bytes, no context.
 */
export async function verifyEvidence(
  bytes: Uint8Array,
  verify: (peerId: string, bytes: Uint8Array, signature: Uint8Array) => Promise<boolean>,
  digest: Digest,
): Promise<Decoded<Evidence>> {
  const decoded = decodeCanonical(bytes, evidenceLimit)
  if (!decoded.ok) return decoded
  if (!Array.isArray(decoded.value) || decoded.value.length !== 3) return malformed
  const [peerId, a, b] = decoded.value as unknown[]
  if (typeof peerId !== 'string' || !(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return malformed
  const first = decodeHeader(a)
  const second = decodeHeader(b)
  if (!first.ok || !second.ok) return malformed
  const same = (['experiment', 'round', 'sender', 'kind'] as const).every(
    (field) => first.value[field] === second.value[field],
  )
  if (!same) return malformed
  const digests = await Promise.all([headerDigest(first.value, digest), headerDigest(second.value, digest)])
  if (digests[0].every((byte, i) => byte === digests[1][i])) return malformed
  const genuine = await Promise.all([
    verify(peerId, digests[0], fromHex(first.value.signature)),
    verify(peerId, digests[1], fromHex(second.value.signature)),
  ])
  return genuine.every(Boolean) ? { ok: true, value: { peerId, first: first.value, second: second.value } } : malformed
}
