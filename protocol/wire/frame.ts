import { type Absence, absenceCode, decodeAbsence, encodeAbsence } from './absence.ts'
import {
  type Acknowledgement,
  acknowledgementCode,
  decodeAcknowledgement,
  encodeAcknowledgement,
} from './acknowledgement.ts'
import { type Chunk, chunkCode, chunkLimit, decodeChunk, encodeChunk } from './chunk.ts'
import { type Decoded, malformed, tooLarge } from './decoded.ts'
import { decodeHeartbeat, encodeHeartbeat, type Heartbeat, heartbeatCode } from './heartbeat.ts'
import { decodeOffer, encodeOffer, type Offer, offerCode } from './offer.ts'
import { decodePull, encodePull, type Pull, pullCode } from './pull.ts'
import { decodeRefusal, encodeRefusal, type Refusal, refusalCode } from './refusal.ts'

/** A frame of an update stream: one code byte, then the body. */
export type Frame = Heartbeat | Offer | Chunk | Acknowledgement | Refusal | Pull | Absence

/** Maximum size of a frame, bytes, without the length prefix. */
export const frameLimit = 1 + chunkLimit

export function encodeFrame(frame: Frame): Uint8Array {
  switch (frame.type) {
    case 'heartbeat':
      return withCode(heartbeatCode, encodeHeartbeat(frame))
    case 'offer':
      return withCode(offerCode, encodeOffer(frame))
    case 'chunk':
      return withCode(chunkCode, encodeChunk(frame))
    case 'acknowledgement':
      return withCode(acknowledgementCode, encodeAcknowledgement(frame))
    case 'refusal':
      return withCode(refusalCode, encodeRefusal(frame))
    case 'pull':
      return withCode(pullCode, encodePull(frame))
    case 'absence':
      return withCode(absenceCode, encodeAbsence(frame))
  }
}

export function decodeFrame(bytes: Uint8Array): Decoded<Frame> {
  if (bytes.byteLength > frameLimit) return tooLarge
  const body = bytes.subarray(1)
  switch (bytes[0]) {
    case heartbeatCode:
      return decodeHeartbeat(body)
    case offerCode:
      return decodeOffer(body)
    case chunkCode:
      return decodeChunk(body)
    case acknowledgementCode:
      return decodeAcknowledgement(body)
    case refusalCode:
      return decodeRefusal(body)
    case pullCode:
      return decodePull(body)
    case absenceCode:
      return decodeAbsence(body)
    default:
      return malformed
  }
}

function withCode(code: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(1 + body.byteLength)
  frame[0] = code
  frame.set(body, 1)
  return frame
}
