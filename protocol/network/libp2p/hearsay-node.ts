import type { OverlayNode, PeerName, Signer } from '../overlay-node.ts'
import type { Gate } from './gate.ts'

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
  /** The own addresses, once the relay has given a seat and one of them is for WebRTC. */
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

/** Why a node could not be started that needs a seat at a relay; libp2p says it as advice to whoever configures it. */
export function noSeatAt(relay: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  const address = relay.replace(/\/p2p\/[^/]+$/, '')
  return new Error(`no seat at the relay ${address}: ${message.split('/p2p-circuit: ').at(-1)?.split('\n')[0]}`, {
    cause: error,
  })
}

interface Libp2pLike {
  readonly peerId: PeerName
  getMultiaddrs(): { toString(): string }[]
  addEventListener(type: 'self:peer:update', listener: () => void): void
  removeEventListener(type: 'self:peer:update', listener: () => void): void
  stop(): unknown
}

/** Completes a libp2p node to what a shell returns. `gossiping` is the set that its gossipsub consults. */
export function presentNode(
  node: Libp2pLike,
  parts: {
    readonly overlay: OverlayNode
    readonly signer: Signer
    readonly gate: Gate
    readonly gossiping: Set<string>
  },
): HearsayNode {
  const { overlay, signer, gate, gossiping } = parts
  const addresses = (): string[] => node.getMultiaddrs().map(String)
  return {
    peerId: node.peerId.toString(),
    overlay,
    signer,
    gate,
    addresses,
    async connect(address) {
      gate.allow([peerIdOf(address)])
      return (await overlay.dial([address])).remotePeer.toString()
    },
    whenReachable(signal) {
      return new Promise((resolve, reject) => {
        const settle = (): void => {
          const reachable = addresses().some((address) => address.includes('/webrtc'))
          if (!reachable && !signal.aborted) return
          node.removeEventListener('self:peer:update', settle)
          signal.removeEventListener('abort', settle)
          if (reachable) resolve(addresses())
          else reject(new Error('the relay gave no seat in time, so nobody could reach this peer over WebRTC'))
        }
        node.addEventListener('self:peer:update', settle)
        signal.addEventListener('abort', settle)
        settle()
      })
    },
    gossipWith(peerIds) {
      for (const peerId of peerIds) gossiping.add(peerId)
    },
    async stop() {
      await node.stop()
    },
  }
}
