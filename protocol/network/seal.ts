import type { PeerIndex } from '#topology/graph.ts'
import { fromHex, toHex } from '../record/hex.ts'
import type { Digest } from '../record/vector-digest.ts'
import type { Update } from '../round/update.ts'
import { encodeHeader, headerDigest, type UpdateHeader, type UpdateKind } from '../wire/update-header.ts'
import type { Signer } from './overlay-node.ts'

/** A signed update, ready for the wire. Its sender and the peers that hand it on keep it. */
export interface Sealed {
  readonly header: UpdateHeader
  /** The encoded header. */
  readonly bytes: Uint8Array
  /** Digest of the header, hex: the name of this update. */
  readonly digest: string
  readonly vector: Float32Array
}

export interface Seal {
  readonly experiment: string
  readonly sender: PeerIndex
  readonly signer: Signer
  readonly digest: Digest
  /** 16 random bytes. */
  nonce(): Uint8Array
}

/** Signs an update. `payload` is the SHA-256 (hex) of its vector's bytes; computed if left out. */
export async function sealUpdate(seal: Seal, kind: UpdateKind, update: Update, payload?: string): Promise<Sealed> {
  const unsigned = {
    experiment: seal.experiment,
    round: update.round,
    sender: seal.sender,
    kind,
    encoding: 'f32',
    d: update.vector.length,
    payload: payload ?? toHex(await seal.digest.sha256(payloadOf(update.vector))),
    nonce: toHex(seal.nonce()),
    ...(update.stateDigest === undefined ? {} : { stateDigest: update.stateDigest }),
  } as const
  const digest = await headerDigest(unsigned, seal.digest)
  const header = { ...unsigned, signature: toHex(await seal.signer.sign(digest)) }
  return { header, bytes: encodeHeader(header), digest: toHex(digest), vector: update.vector }
}

/** Maximum number of cached updates: those of a few rounds, and for a Byzantine peer one per victim. */
const sealsKept = 64

/**
 * Seals each update once, for any number of neighbours and in any object. Two seals of the same numbers would differ in
 * their nonce, and so prove equivocation of an honest peer.
 */
export function createSealer(seal: Seal): (kind: UpdateKind, update: Update) => Promise<Sealed> {
  const payloads = new WeakMap<Float32Array, Promise<string>>()
  const sealed = new Map<string, Promise<Sealed>>()
  return async (kind, update) => {
    const hashing =
      payloads.get(update.vector) ?? seal.digest.sha256(payloadOf(update.vector)).then((bytes) => toHex(bytes))
    payloads.set(update.vector, hashing)
    const payload = await hashing
    const key = [kind, update.round, payload, update.stateDigest].join('/')
    const known = sealed.get(key)
    if (known) return known
    const fresh = sealUpdate(seal, kind, update, payload)
    sealed.set(key, fresh)
    const oldest = sealed.keys().next()
    if (sealed.size > sealsKept && !oldest.done) sealed.delete(oldest.value)
    return fresh
  }
}

/** The header's digest (hex) if its signature is that of `peerId`, else undefined. */
export async function openHeader(
  header: UpdateHeader,
  peerId: string,
  signer: Pick<Signer, 'verify'>,
  digest: Digest,
): Promise<string | undefined> {
  const bytes = await headerDigest(header, digest)
  return (await signer.verify(peerId, bytes, fromHex(header.signature))) ? toHex(bytes) : undefined
}

/** The bytes of a vector on the wire. A view of it: Node, tabs and WebAssembly are all little-endian. */
export function payloadOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
}
