import { type Decoded, malformed } from './decoded.ts'

/** The receiver holds the first `offset` bytes of the payload. */
export interface Acknowledgement {
  readonly type: 'acknowledgement'
  readonly transfer: number
  readonly offset: number
}
export const acknowledgementCode = 4
/** u32 transfer, u32 offset. */
export const acknowledgementLimit = 8

export function encodeAcknowledgement(message: Acknowledgement): Uint8Array {
  const body = new Uint8Array(8)
  const view = new DataView(body.buffer)
  view.setUint32(0, message.transfer)
  view.setUint32(4, message.offset)
  return body
}

export function decodeAcknowledgement(body: Uint8Array): Decoded<Acknowledgement> {
  if (body.byteLength !== acknowledgementLimit) return malformed
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  return { ok: true, value: { type: 'acknowledgement', transfer: view.getUint32(0), offset: view.getUint32(4) } }
}
