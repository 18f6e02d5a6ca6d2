import type { PeerName } from '../overlay-node.ts'

/** The hooks of a libp2p connection gater; true denies. */
export interface ConnectionGate {
  denyDialPeer(peer: PeerName): boolean
  denyDialMultiaddr(): boolean
  denyInboundRelayedConnection(relay: PeerName, peer: PeerName): boolean
  denyInboundEncryptedConnection(peer: PeerName): boolean
  denyInboundUpgradedConnection(peer: PeerName): boolean
}

export interface Gate {
  readonly hooks: ConnectionGate
  /** Adds peers that may connect and be dialled, by peer id. */
  allow(peerIds: Iterable<string>): void
  /** Takes the permission back; existing connections stay. */
  forbid(peerIds: Iterable<string>): void
  allows(peerId: string): boolean
}

/**
 * Keeps the overlay to the edges of the topology: whoever is not on the list (neighbours, colluders, relay,
 * coordinator) is neither dialled nor let in, over a relay, WebRTC or TCP. With `open` everybody is: for relays and
 * coordinators, to whom strangers come.
 */
export function createGate(admission: 'listed' | 'open', allowed: Iterable<string> = []): Gate {
  const list = new Set(allowed)
  const denies = (peer: PeerName): boolean => admission === 'listed' && !list.has(peer.toString())
  return {
    hooks: {
      denyDialPeer: denies,
      // libp2p refuses private addresses and plain WebSockets in tabs; loopback and LAN swarms need both.
      denyDialMultiaddr: () => false,
      denyInboundRelayedConnection: (_relay, peer) => denies(peer),
      denyInboundEncryptedConnection: denies,
      denyInboundUpgradedConnection: denies,
    },
    allow(peerIds) {
      for (const peerId of peerIds) list.add(peerId)
    },
    forbid(peerIds) {
      for (const peerId of peerIds) list.delete(peerId)
    },
    allows: (peerId) => admission === 'open' || list.has(peerId),
  }
}
