import './polyfills.ts'
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { adaptNode } from '#protocol/network/libp2p/adapt.ts'
import { connectionManagerSettings } from '#protocol/network/libp2p/settings.ts'
import type { OverlayNode } from '#protocol/network/overlay-node.ts'

export interface RelayOptions {
  /** TCP port; 0, the default, takes any free port. */
  readonly port?: number
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string
}

export interface Relay {
  /** The relay's first address, with its peer id. */
  readonly multiaddr: string
  readonly multiaddrs: readonly string[]
  /** The relay's own node. A host coordinates on it, so that relay and coordinator share a port. */
  readonly overlay: OverlayNode
  stop(): Promise<void>
}

const streams = 1024

/**
 * Starts a circuit relay v2 over WebSockets, which introduces peers to each other. It limits a relayed connection to
 * 128 KiB and two minutes, so that it cannot carry updates. Rejects if the port is taken.
 */
export async function startRelay({ port = 0, host = '127.0.0.1' }: RelayOptions = {}): Promise<Relay> {
  const node = await createLibp2p({
    addresses: { listen: [`/ip4/${host}/tcp/${port}/ws`] },
    transports: [webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: connectionManagerSettings,
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      relay: circuitRelayServer({
        reservations: { maxReservations: 1000, applyDefaultLimit: true },
        maxInboundHopStreams: streams,
        maxOutboundHopStreams: streams,
        maxOutboundStopStreams: streams,
        hopTimeout: 30_000,
      }),
    },
  })
  const multiaddrs = node.getMultiaddrs().map(String)
  const first = multiaddrs[0]
  if (first === undefined) throw new Error(`the relay has no address at ${host}:${port}`)
  const overlay = adaptNode(node, (addresses) => node.dial(addresses.map((address) => multiaddr(address))))
  return { multiaddr: first, multiaddrs, overlay, stop: async () => node.stop() }
}
