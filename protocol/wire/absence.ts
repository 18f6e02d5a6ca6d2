import type { PeerIndex } from '#topology/graph.ts'
import { type Decoded, decodeCanonical, encodeCanonical, isCount, malformed } from './decoded.ts'

/** The answer to a pull of an update that the peer does not hold. */
export interface Absence {
  readonly type: 'absence'
  readonly round: number
  readonly sender: PeerIndex
}
export const absenceCode = 7
export const absenceLimit = 11

/** CBOR array [round, sender]. */
export function encodeAbsence(absence: Absence): Uint8Array {
  return encodeCanonical([absence.round, absence.sender])
}

export function decodeAbsence(body: Uint8Array): Decoded<Absence> {
  const decoded = decodeCanonical(body, absenceLimit)
  if (!decoded.ok) return decoded
  if (!Array.isArray(decoded.value) || decoded.value.length !== 2) return malformed
  const [round, sender] = decoded.value as unknown[]
  return isCount(round) && isCount(sender) ? { ok: true, value: { type: 'absence', round, sender } } : malformed
}
