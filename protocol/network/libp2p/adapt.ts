import type { ByteStream } from '../byte-stream.ts'
import type { HeaderTopic, OverlayConnection, OverlayNode, PeerName, StreamLimits } from '../overlay-node.ts'
import { headerTopic } from './settings.ts'

/** A libp2p 3 node, by structure. */
interface Libp2pLike {
  readonly peerId: PeerName
  handle(
    protocol: string,
    handler: (stream: ByteStream, connection: OverlayConnection) => void,
    options: StreamLimits & { readonly force: true },
  ): Promise<unknown>
  unhandle(protocol: string): Promise<unknown>
  getConnections(): OverlayConnection[]
}

/** Gossipsub, by structure; `Verdict` is its enumeration. */
interface PubSubLike<Verdict> {
  readonly topicValidators: {
    set(
      topic: string,
      validate: (peer: PeerName, message: { readonly data: Uint8Array }) => Verdict | Promise<Verdict>,
    ): unknown
    delete(topic: string): unknown
  }
  subscribe(topic: string): void
  unsubscribe(topic: string): void
  publish(topic: string, data: Uint8Array): Promise<unknown>
  getSubscribers(topic: string): PeerName[]
}

/** The view of a libp2p node that the network code works with. */
export function adaptNode(node: Libp2pLike, dial: OverlayNode['dial'], headers?: HeaderTopic): OverlayNode {
  return {
    peerId: node.peerId.toString(),
    async handle(protocol, handler, limits) {
      await node.handle(protocol, handler, { ...limits, force: true })
    },
    async unhandle(protocol) {
      await node.unhandle(protocol)
    },
    connections: () => node.getConnections(),
    dial,
    ...(headers ? { headers } : {}),
  }
}

/** The topic of signed headers on a node's gossipsub. */
export function adaptHeaderTopic<Verdict>(
  pubsub: PubSubLike<Verdict>,
  verdicts: Readonly<Record<'accept' | 'ignore' | 'reject', Verdict>>,
): HeaderTopic {
  return {
    listen(take) {
      pubsub.topicValidators.set(headerTopic, async (bearer, { data }) => verdicts[await take(data, bearer.toString())])
      pubsub.subscribe(headerTopic)
    },
    publish(bytes) {
      // Nobody may be listening yet; the header then travels with the update alone.
      pubsub.publish(headerTopic, bytes).catch(() => {})
    },
    listeners: () => pubsub.getSubscribers(headerTopic).map(String),
    close() {
      pubsub.unsubscribe(headerTopic)
      pubsub.topicValidators.delete(headerTopic)
    },
  }
}
