import type { PeerIndex } from '#topology/graph.ts'
import { fromHex, toHex } from '../record/hex.ts'
import type { Digest } from '../record/vector-digest.ts'
import type { Update } from '../round/update.ts'
import { encodeHeader, headerDigest, type UpdateHeader, type UpdateKind } from '../wire/update-header.ts'
import type { Signer } from './overlay-node.ts'

/** An update ready for the wire: what both the sender and whoever hands it on keep. */
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

/** Signs an update. `payload` is the SHA-256 of its bytes, hex, where it is known already. */
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

/** Own updates that are remembered: the rounds of a moment, and of a Byzantine peer one for each victim. */
const sealsKept = 64

/**
 * Seals each update once, however many neighbours it goes to and whatever object it is in: two seals of the same
 * numbers would differ in their nonce, and convict an honest peer of having signed two updates.
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

/** The header's digest when the signature is that of `peerId`, otherwise undefined. */
export async function openHeader(
  header: UpdateHeader,
  peerId: string,
  signer: Pick<Signer, 'verify'>,
  digest: Digest,
): Promise<string | undefined> {
  const bytes = await headerDigest(header, digest)
  return (await signer.verify(peerId, bytes, fromHex(header.signature))) ? toHex(bytes) : undefined
}

/** The bytes of a vector as they travel. A view: Node, tabs and WebAssembly are all little-endian. */
export function payloadOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
}
