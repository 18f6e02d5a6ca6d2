import { type RejectionReason, rejectionReasons } from '../round/update.ts'
import { type Decoded, malformed } from './decoded.ts'

/** The receiver refuses the rest of a transfer. */
export interface Refusal {
  readonly type: 'refusal'
  readonly transfer: number
  readonly reason: RejectionReason
}
export const refusalCode = 5
/** u32 transfer, u8 index of the reason in `rejectionReasons`. */
export const refusalLimit = 5

export function encodeRefusal(refusal: Refusal): Uint8Array {
  const body = new Uint8Array(refusalLimit)
  const view = new DataView(body.buffer)
  view.setUint32(0, refusal.transfer)
  view.setUint8(4, rejectionReasons.indexOf(refusal.reason))
  return body
}

export function decodeRefusal(body: Uint8Array): Decoded<Refusal> {
  if (body.byteLength !== refusalLimit) return malformed
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const reason = rejectionReasons[view.getUint8(4)]
  return reason === undefined
    ? malformed
    : { ok: true, value: { type: 'refusal', transfer: view.getUint32(0), reason } }
}
