import type { PeerIndex } from '#topology/graph.ts'
import type { Digest } from '../record/vector-digest.ts'
import type { RejectionReason } from '../round/update.ts'
import { decodeHeader, type UpdateHeader, type UpdateKind } from '../wire/update-header.ts'
import type { Signer } from './overlay-node.ts'
import { openHeader } from './seal.ts'

/** A valid header; its payload may come. */
export interface Admitted {
  readonly header: UpdateHeader
  readonly bytes: Uint8Array
  /** Digest of the header, hex. */
  readonly digest: string
}

export type Admission =
  | { readonly ok: true; readonly admitted: Admitted }
  | {
      readonly ok: false
      readonly reason: RejectionReason
      /** The offered update is already here with the same digest. The refusal blames no peer. */
      readonly known?: true
    }

export interface Expected {
  readonly experiment: string
  readonly kind: UpdateKind
  readonly d: number
  readonly self: PeerIndex
  readonly peerIds: ReadonlyMap<PeerIndex, string>
  readonly verify: Signer['verify']
  readonly digest: Digest
}

/** Checks a header by itself, without its history and the peer that offers it. Cheapest checks first. */
export async function checkHeader(bytes: Uint8Array, expected: Expected): Promise<Admission> {
  const decoded = decodeHeader(bytes)
  if (!decoded.ok) return refuse(decoded.reason === 'too-large' ? 'too-large' : 'wrong-shape')
  const header = decoded.value
  if (header.experiment !== expected.experiment) return refuse('wrong-experiment')
  if (header.kind !== expected.kind) return refuse('wrong-shape')
  if (header.d !== expected.d) return refuse(header.d > expected.d ? 'too-large' : 'wrong-shape')
  const signatory = expected.peerIds.get(header.sender)
  if (signatory === undefined || header.sender === expected.self) return refuse('not-a-neighbour')
  const digest = await openHeader(header, signatory, expected, expected.digest)
  return digest === undefined ? refuse('bad-signature') : { ok: true, admitted: { header, bytes, digest } }
}

export function refuse(reason: RejectionReason): Admission {
  return { ok: false, reason }
}
