import { type Decoded, malformed, tooLarge } from './decoded.ts'
import { headerLimit } from './update-header.ts'

/** Opens the transfer of an update: its header; chunks follow at once. It gives up an unfinished transfer. */
export interface Offer {
  readonly type: 'offer'
  /** Number of the transfer: it grows on this stream and in this direction. */
  readonly transfer: number
  /** An encoded update header. */
  readonly header: Uint8Array
}
export const offerCode = 2
/** u32 transfer, header. */
export const offerLimit = 4 + headerLimit

export function encodeOffer(offer: Offer): Uint8Array {
  const body = new Uint8Array(4 + offer.header.byteLength)
  new DataView(body.buffer).setUint32(0, offer.transfer)
  body.set(offer.header, 4)
  return body
}

export function decodeOffer(body: Uint8Array): Decoded<Offer> {
  if (body.byteLength > offerLimit) return tooLarge
  if (body.byteLength < 5) return malformed
  const transfer = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(0)
  return { ok: true, value: { type: 'offer', transfer, header: body.subarray(4) } }
}
