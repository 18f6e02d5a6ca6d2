import type { ByteStream } from './byte-stream.ts'

/** A peer id of libp2p. */
export interface PeerName {
  toString(): string
}

export interface OverlayConnection {
  readonly remotePeer: PeerName
  /** Set on a connection through a relay, which carries no updates. */
  readonly limits?: unknown
  readonly status: string
  newStream(protocol: string, options?: { readonly maxOutboundStreams?: number }): Promise<ByteStream>
  close(): Promise<void>
}

export interface StreamLimits {
  readonly maxInboundStreams: number
  readonly maxOutboundStreams: number
}

/** The part of gossipsub that headers need. */
export interface HeaderTopic {
  /** Calls `take` for each new message, which came from `bearer`: to be forwarded, ignored, or blamed on that peer. */
  listen(take: (bytes: Uint8Array, bearer: string) => Promise<'accept' | 'ignore' | 'reject'>): void
  publish(bytes: Uint8Array): void
  /** Peer ids of the known subscribers. */
  listeners(): readonly string[]
  close(): void
}

/** The interface that the network code needs from a libp2p node. Both shells adapt their node to it. */
export interface OverlayNode {
  readonly peerId: string
  handle(
    protocol: string,
    handler: (stream: ByteStream, connection: OverlayConnection) => void,
    limits: StreamLimits,
  ): Promise<void>
  unhandle(protocol: string): Promise<void>
  connections(): readonly OverlayConnection[]
  /**
   * Dials the addresses of a peer in turn. Rejects if none answers within `withinMs`, or by the node's own timeouts.
   */
  dial(addresses: readonly string[], withinMs?: number): Promise<OverlayConnection>
  readonly headers?: HeaderTopic
}

/** Signs with the node's Ed25519 key, and verifies signatures of any peer id. */
export interface Signer {
  /** 64 bytes. */
  sign(bytes: Uint8Array): Promise<Uint8Array>
  verify(peerId: string, bytes: Uint8Array, signature: Uint8Array): Promise<boolean>
}

/** The open connection to a peer without a relay; undefined if there is none. */
export function directConnection(node: OverlayNode, peerId: string): OverlayConnection | undefined {
  return node
    .connections()
    .find(
      (connection) =>
        connection.limits === undefined && connection.status === 'open' && connection.remotePeer.toString() === peerId,
    )
}
