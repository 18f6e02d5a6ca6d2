import type { OverlayNode, PeerName, Signer } from '../overlay-node.ts'
import type { Gate } from './gate.ts'

/** A STUN or TURN server, which helps peers behind NATs to connect. A node contacts only servers given to it. */
export interface IceServer {
  readonly urls: string | string[]
  readonly username?: string
  readonly credential?: string
}

/** A running libp2p node of a peer, a coordinator or a host. Both shells (Node and tab) create one. */
export interface HearsayNode {
  readonly peerId: string
  readonly overlay: OverlayNode
  readonly signer: Signer
  readonly gate: Gate
  /** This node's multiaddrs, with its peer id. */
  addresses(): readonly string[]
  /** Connects to a coordinator or a relay by a multiaddr that ends in its peer id. Resolves to that peer id. */
  connect(address: string): Promise<string>
  /** Resolves to this node's addresses after the relay's reservation, when one of them is for WebRTC. */
  whenReachable(signal: AbortSignal): Promise<readonly string[]>
  /** Adds peers, the neighbours, to gossipsub. The node resets gossip streams of all other peers. */
  gossipWith(peerIds: Iterable<string>): void
  stop(): Promise<void>
}

/** The peer id at the end of a multiaddr. Throws RangeError if it has none. */
export function peerIdOf(address: string): string {
  const id = /\/p2p\/([^/]+)$/.exec(address)?.[1]
  if (id === undefined) throw new RangeError(`expected a multiaddr that ends in /p2p/PEER-ID, got ${address}`)
  return id
}

/**
 * The error for a node that got no reservation at its relay. It shortens libp2p's message, which is advice on settings.
 */
export function noSeatAt(relay: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  const address = relay.replace(/\/p2p\/[^/]+$/, '')
  return new Error(
    `no reservation at the relay ${address}: ${message.split('/p2p-circuit: ').at(-1)?.split('\n')[0]}`,
    {
      cause: error,
    },
  )
}

interface Libp2pLike {
  readonly peerId: PeerName
  getMultiaddrs(): { toString(): string }[]
  addEventListener(type: 'self:peer:update', listener: () => void): void
  removeEventListener(type: 'self:peer:update', listener: () => void): void
  stop(): unknown
}

/** Makes a HearsayNode from a libp2p node and its parts. Its gossipsub consults the set `gossiping`. */
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
          else reject(new Error('the relay gave no reservation in time, so no peer can reach this one over WebRTC'))
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
