import type { PeerIndex } from '#topology/graph.ts'
import type { ByteStream } from './byte-stream.ts'
import type { Lifetime } from './lifetime.ts'
import type { Link } from './link.ts'
import { directConnection, type OverlayConnection, type OverlayNode } from './overlay-node.ts'

const reopenMs = 250
/** A current stream, and one that replaces it. */
const streamLimits = { maxInboundStreams: 2, maxOutboundStreams: 2 }

export interface OpeningOptions {
  readonly node: OverlayNode
  readonly protocol: string
  readonly self: PeerIndex
  readonly roster: readonly { readonly index: PeerIndex; readonly peerId: string }[]
  /** The links that need a stream of this protocol. */
  readonly links: ReadonlyMap<PeerIndex, Link>
  readonly lifetime: Lifetime
  /** A peer of the roster opened a stream without a link, which was reset. */
  refused?(remote: PeerIndex): void
}

export interface Opening {
  /** Starts to accept streams from other peers. */
  accept(): Promise<void>
  /** Stops accepting streams. */
  close(): Promise<void>
}

/**
 * Gives each link its stream. The lower index of a pair opens the stream, over their direct connection only, and opens
 * it again if it breaks. The higher index waits.
 */
export function createOpening(options: OpeningOptions): Opening {
  const { node, protocol, self, links, lifetime } = options
  const peerIds = new Map(options.roster.map(({ index, peerId }) => [index, peerId]))
  const indices = new Map(options.roster.map(({ index, peerId }) => [peerId, index]))

  function open(remote: PeerIndex, link: Link): void {
    const peerId = peerIds.get(remote)
    if (lifetime.over || link.open || self > remote || peerId === undefined) return
    const connection = directConnection(node, peerId)
    if (!connection) return openLater(remote, link)
    connection.newStream(protocol, { maxOutboundStreams: streamLimits.maxOutboundStreams }).then(
      (stream) => {
        if (lifetime.over || link.open) stream.abort(new Error('not needed any more'))
        else attach(remote, link, stream)
      },
      () => openLater(remote, link),
    )
  }

  function openLater(remote: PeerIndex, link: Link): void {
    lifetime.after(reopenMs, () => open(remote, link))
  }

  function attach(remote: PeerIndex, link: Link, stream: ByteStream): void {
    link.attach(stream, () => openLater(remote, link))
  }

  function take(stream: ByteStream, connection: OverlayConnection): void {
    const remote = indices.get(connection.remotePeer.toString())
    const link = remote === undefined ? undefined : links.get(remote)
    if (remote !== undefined && link && connection.limits === undefined && !lifetime.over)
      return attach(remote, link, stream)
    stream.abort(new Error('no such link'))
    if (remote !== undefined) options.refused?.(remote)
  }

  for (const [remote, link] of links) lifetime.after(0, () => open(remote, link))
  return {
    accept: () => node.handle(protocol, take, streamLimits),
    close: () => node.unhandle(protocol),
  }
}
