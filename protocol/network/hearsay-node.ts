import type { Gate } from './gate.ts'
import type { OverlayNode, Signer } from './overlay-node.ts'

/** A server that helps two peers to see each other's address from outside; none is contacted unless given. */
export interface IceServer {
  readonly urls: string | string[]
  readonly username?: string
  readonly credential?: string
}

/** A running libp2p node of a peer, a coordinator or a host; what both shells make. */
export interface HearsayNode {
  readonly peerId: string
  readonly overlay: OverlayNode
  readonly signer: Signer
  readonly gate: Gate
  /** Own multiaddrs, peer id included. */
  addresses(): readonly string[]
  /** Connects to a multiaddr that ends in the remote's peer id: coordinator, relay. Resolves to that peer id. */
  connect(address: string): Promise<string>
  /** Reserves a seat at the relay (again), and resolves to the own addresses once one of them is for WebRTC. */
  whenReachable(signal: AbortSignal): Promise<readonly string[]>
  /** Who takes part in gossipsub with this node: the neighbours. Everyone else's gossip streams are reset. */
  gossipWith(peerIds: Iterable<string>): void
  stop(): Promise<void>
}

/** The peer id at the end of a multiaddr. Throws RangeError where there is none. */
export function peerIdOf(address: string): string {
  const id = /\/p2p\/([^/]+)$/.exec(address)?.[1]
  if (id === undefined) throw new RangeError(`a multiaddr that ends in /p2p/PEER-ID is needed, got ${address}`)
  return id
}
