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
 * Limits the overlay to the edges of the topology. A node neither dials nor admits a peer outside the list (neighbours,
 * colluders, relay, coordinator), over a relay, WebRTC or TCP. `open` admits every peer, as relays and coordinators
 * need.
 */
export function createGate(admission: 'listed' | 'open', allowed: Iterable<string> = []): Gate {
  const list = new Set(allowed)
  const denies = (peer: PeerName): boolean => admission === 'listed' && !list.has(peer.toString())
  return {
    hooks: {
      denyDialPeer: denies,
      // In tabs libp2p denies private addresses and plain WebSockets by default. Loopback and LAN swarms need both.
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
