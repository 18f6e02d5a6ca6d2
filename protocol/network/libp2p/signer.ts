import type { Signer } from '../overlay-node.ts'

interface PublicKey {
  verify(bytes: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>
}

/**
 * Signs with the node's own key, and verifies with the key that an Ed25519 peer id contains. `publicKeyIn` may throw
 * for a malformed peer id, since evidence may name any peer. Then the signature counts as invalid.
 */
export function createSigner(
  privateKey: { sign(bytes: Uint8Array): Uint8Array | Promise<Uint8Array> },
  publicKeyIn: (peerId: string) => PublicKey | undefined,
): Signer {
  const keys = new Map<string, PublicKey | undefined>()
  const keyOf = (peerId: string): PublicKey | undefined => {
    if (keys.size >= keysKept) keys.clear()
    if (!keys.has(peerId)) keys.set(peerId, publicKeyIn(peerId))
    return keys.get(peerId)
  }
  return {
    sign: async (bytes) => privateKey.sign(bytes),
    async verify(peerId, bytes, signature) {
      try {
        return (await keyOf(peerId)?.verify(bytes, signature)) ?? false
      } catch {
        return false
      }
    },
  }
}

/** Maximum number of cached keys. */
const keysKept = 4096
