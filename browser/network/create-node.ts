import { type GossipSubComponents, gossipsub, TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { PrivateKey } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { peerIdFromString } from '@libp2p/peer-id'
import { webRTC } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { adaptHeaderTopic, adaptNode } from '#protocol/network/libp2p/adapt.ts'
import { createGate } from '#protocol/network/libp2p/gate.ts'
import { confineRegistrar } from '#protocol/network/libp2p/gossip-registrar.ts'
import { type HearsayNode, type IceServer, peerIdOf, presentNode } from '#protocol/network/libp2p/hearsay-node.ts'
import { mendInitChannel } from '#protocol/network/libp2p/init-channel.ts'
import { connectionManagerSettings, gossipSettings, reservationTimeoutMs } from '#protocol/network/libp2p/settings.ts'
import { createSigner } from '#protocol/network/libp2p/signer.ts'
import { tabDigest } from './digest.ts'

export interface HearsayNodeOptions {
  /** Multiaddr of the relay through which other peers reach this one; it ends in the relay's peer id. */
  readonly relay?: string
  /** Ed25519 key; by default a new one. */
  readonly privateKey?: PrivateKey
  /** Peer ids that may connect from the start, besides the relay. `gate.allow` adds others later. */
  readonly allow?: Iterable<string>
  /** STUN and TURN servers; none by default. */
  readonly iceServers?: readonly IceServer[]
}

/** Creates and starts the libp2p node of a tab, on the page: WebSockets, circuit relay and WebRTC. */
export async function createHearsayNode(options: HearsayNodeOptions = {}): Promise<HearsayNode> {
  mendInitChannel(
    RTCPeerConnection.prototype,
    (action) => setTimeout(action),
    (type) => new Event(type),
  )
  const privateKey = options.privateKey ?? (await generateKeyPair('Ed25519'))
  const relayId = options.relay === undefined ? [] : [peerIdOf(options.relay)]
  const gate = createGate('listed', [...relayId, ...(options.allow ?? [])])
  const gossiping = new Set<string>()
  const node = await createLibp2p({
    privateKey,
    addresses: { listen: options.relay === undefined ? [] : [`${options.relay}/p2p-circuit`, '/webrtc'] },
    transports: [
      webSockets(),
      circuitRelayTransport({ reservationCompletionTimeout: reservationTimeoutMs }),
      webRTC({ rtcConfiguration: { iceServers: [...(options.iceServers ?? [])] } }),
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: gate.hooks,
    connectionManager: connectionManagerSettings,
    // Its pings would close a connection that is busy with a transfer. The transport sends its own heartbeats.
    connectionMonitor: { enabled: false },
    services: {
      identify: identify({ runOnConnectionOpen: true }),
      pubsub: (components: GossipSubComponents) =>
        gossipsub({
          ...gossipSettings,
          allowedTopics: [...gossipSettings.allowedTopics],
          msgIdFn: ({ data }) => tabDigest.sha256(data),
        })({
          privateKey: components.privateKey,
          peerId: components.peerId,
          peerStore: components.peerStore,
          connectionManager: components.connectionManager,
          logger: components.logger,
          registrar: confineRegistrar(components.registrar, (peerId) => gossiping.has(peerId)),
        }),
    },
  })
  const verdicts = {
    accept: TopicValidatorResult.Accept,
    ignore: TopicValidatorResult.Ignore,
    reject: TopicValidatorResult.Reject,
  }
  const dial = (addresses: readonly string[], withinMs?: number) =>
    node.dial(
      addresses.map((address) => multiaddr(address)),
      withinMs === undefined ? {} : { signal: AbortSignal.timeout(withinMs) },
    )
  return presentNode(node, {
    overlay: adaptNode(node, dial, adaptHeaderTopic(node.services.pubsub, verdicts)),
    signer: createSigner(privateKey, (peerId) => peerIdFromString(peerId).publicKey),
    gate,
    gossiping,
  })
}
