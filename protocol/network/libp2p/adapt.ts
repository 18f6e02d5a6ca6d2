import type { ByteStream } from '../byte-stream.ts'
import type { HeaderTopic, OverlayConnection, OverlayNode, PeerName, StreamLimits } from '../overlay-node.ts'
import { headerTopic } from './settings.ts'

/** The part of a libp2p 3 node that this file uses. */
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

/** The part of gossipsub that this file uses; `Verdict` is its enumeration. */
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

/** Adapts a libp2p node to the interface of the network code. */
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

/** Adapts a node's gossipsub to the topic of signed headers. */
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
      // Without listeners the header travels only with its update.
      pubsub.publish(headerTopic, bytes).catch(() => {})
    },
    listeners: () => pubsub.getSubscribers(headerTopic).map(String),
    close() {
      pubsub.unsubscribe(headerTopic)
      pubsub.topicValidators.delete(headerTopic)
    },
  }
}
