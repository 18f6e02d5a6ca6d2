import type { PeerIndex } from '#topology/graph.ts'
import { fromHex, toHex } from '../record/hex.ts'
import type { Digest } from '../record/vector-digest.ts'
import { type Decoded, decodeCanonical, encodeCanonical, isBytes, isCount, malformed } from './decoded.ts'

/** The kinds of payload: a model, a gradient, or the honest vector that colluders share. */
export const updateKinds = ['model', 'gradient', 'honest'] as const
export type UpdateKind = (typeof updateKinds)[number]

export const payloadEncodings = ['f32'] as const
export type PayloadEncoding = (typeof payloadEncodings)[number]

/** The header of an update, without signature. Digests are lower-case hexadecimal. */
export interface HeaderFields {
  /** Identity of the experiment, SHA-256. */
  readonly experiment: string
  readonly round: number
  readonly sender: PeerIndex
  readonly kind: UpdateKind
  readonly encoding: PayloadEncoding
  /** Numbers in the payload. */
  readonly d: number
  /** SHA-256 of the payload's bytes. */
  readonly payload: string
  /** 16 random bytes, hex, so that a header does not confirm a guessed payload. */
  readonly nonce: string
  /** Digest of the sender's x at the start of the round (`exchange: gradients`). */
  readonly stateDigest?: string
}

export interface UpdateHeader extends HeaderFields {
  /** Ed25519 signature of the header's digest with the sender's key, 64 bytes, hex. */
  readonly signature: string
}

/** Maximum size of an encoded header, bytes. Evidence, with two headers and a peer id, stays below 500. */
export const headerLimit = 216
export const nonceBytes = 16

/** CBOR array of ten: the fields in the order of HeaderFields as numbers and byte strings, then the signature. */
export function encodeHeader(header: UpdateHeader): Uint8Array {
  return encodeCanonical([...fields(header), fromHex(header.signature)])
}

export function decodeHeader(bytes: Uint8Array): Decoded<UpdateHeader> {
  const decoded = decodeCanonical(bytes, headerLimit)
  if (!decoded.ok) return decoded
  if (!Array.isArray(decoded.value) || decoded.value.length !== 10) return malformed
  const [experiment, round, sender, kindCode, encodingCode, d, payload, nonce, state, signature] =
    decoded.value as unknown[]
  const kind = isCount(kindCode) ? updateKinds[kindCode] : undefined
  const encoding = isCount(encodingCode) ? payloadEncodings[encodingCode] : undefined
  if (!isBytes(experiment, 32) || !isBytes(payload, 32) || !isBytes(nonce, nonceBytes) || !isBytes(signature, 64))
    return malformed
  if (!isCount(round) || !isCount(sender) || !isCount(d) || kind === undefined || encoding === undefined)
    return malformed
  if (state !== null && !isBytes(state, 32)) return malformed
  return {
    ok: true,
    value: {
      experiment: toHex(experiment),
      round,
      sender,
      kind,
      encoding,
      d,
      payload: toHex(payload),
      nonce: toHex(nonce),
      ...(state === null ? {} : { stateDigest: toHex(state) }),
      signature: toHex(signature),
    },
  }
}

const domain = new TextEncoder().encode('hearsay/1')

/**
 * The digest that the sender signs and commits to: SHA-256 of "hearsay/1" and the CBOR array of the nine fields. The
 * payload enters through its SHA-256, so a peer can check a header without the payload.
 */
export function headerDigest(header: HeaderFields, digest: Digest): Promise<Uint8Array> {
  const body = encodeCanonical(fields(header))
  const bytes = new Uint8Array(domain.byteLength + body.byteLength)
  bytes.set(domain)
  bytes.set(body, domain.byteLength)
  return digest.sha256(bytes)
}

function fields(header: HeaderFields): unknown[] {
  return [
    fromHex(header.experiment),
    header.round,
    header.sender,
    updateKinds.indexOf(header.kind),
    payloadEncodings.indexOf(header.encoding),
    header.d,
    fromHex(header.payload),
    fromHex(header.nonce),
    header.stateDigest === undefined ? null : fromHex(header.stateDigest),
  ]
}
