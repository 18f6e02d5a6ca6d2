import { createHash, randomBytes } from 'node:crypto'
import type { PrivateKey, PublicKey } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { nonceBytes } from '#protocol/messages/update-header.ts'
import type { Signer } from '#protocol/network/overlay-node.ts'
import type { Digest } from '#protocol/ports.ts'

/** Signatures with a node's own key and checks with the key that an Ed25519 peer id contains. */
export function createSigner(privateKey: PrivateKey): Signer {
  const keys = new Map<string, PublicKey | undefined>()
  const keyOf = (peerId: string): PublicKey | undefined => {
    if (!keys.has(peerId)) keys.set(peerId, publicKeyIn(peerId))
    return keys.get(peerId)
  }
  return {
    sign: async (bytes) => privateKey.sign(bytes),
    verify: async (peerId, bytes, signature) => (await keyOf(peerId)?.verify(bytes, signature)) ?? false,
  }
}

function publicKeyIn(peerId: string): PublicKey | undefined {
  try {
    return peerIdFromString(peerId).publicKey
  } catch {
    // Evidence names peers that nobody here has met; what is no peer id has no key.
    return undefined
  }
}

export const nodeDigest: Digest = {
  sha256: (bytes) => Promise.resolve(new Uint8Array(createHash('sha256').update(bytes).digest())),
}

export const nodeNonce = (): Uint8Array => new Uint8Array(randomBytes(nonceBytes))
