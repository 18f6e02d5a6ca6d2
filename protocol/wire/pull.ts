import type { PeerIndex } from '#topology/graph.ts'
import { fromHex, toHex } from '../record/hex.ts'
import { type Decoded, decodeCanonical, encodeCanonical, isBytes, isCount, malformed } from './decoded.ts'

/** Asks for the update of `sender` in `round`; with `digest`, for the one with this header digest. */
export interface Pull {
  readonly type: 'pull'
  readonly round: number
  readonly sender: PeerIndex
  /** SHA-256, hex. */
  readonly digest?: string
}
export const pullCode = 6
export const pullLimit = 48

/** CBOR array [round, sender, digest or null]. */
export function encodePull(pull: Pull): Uint8Array {
  return encodeCanonical([pull.round, pull.sender, pull.digest === undefined ? null : fromHex(pull.digest)])
}

export function decodePull(body: Uint8Array): Decoded<Pull> {
  const decoded = decodeCanonical(body, pullLimit)
  if (!decoded.ok) return decoded
  if (!Array.isArray(decoded.value) || decoded.value.length !== 3) return malformed
  const [round, sender, digest] = decoded.value as unknown[]
  if (!isCount(round) || !isCount(sender)) return malformed
  if (digest === null) return { ok: true, value: { type: 'pull', round, sender } }
  return isBytes(digest, 32) ? { ok: true, value: { type: 'pull', round, sender, digest: toHex(digest) } } : malformed
}
