import { z } from 'zod'

/**
 * What a host tells whoever holds its link, as JSON at `/experiment.json`: enough to decide whether to join, and to
 * find the swarm. Nothing in it tells who lies.
 */
export const noticePath = 'experiment.json'

const iceServer = z.strictObject({
  urls: z.union([z.string().max(512), z.array(z.string().max(512)).max(16)]),
  username: z.exactOptional(z.string().max(512)),
  credential: z.exactOptional(z.string().max(512)),
})

export const noticeSchema = z.strictObject({
  /** The resolved experiment without the attack and the number and placement of Byzantine peers. */
  experiment: z.record(z.string(), z.unknown()),
  /** The host's node: relay and coordinator at once, reached over WebSockets at the origin of this file. */
  hostPeerId: z.string().min(8).max(128),
  seats: z.strictObject({ taken: z.int().min(0), wanted: z.int().min(1) }),
  phase: z.enum(['seating', 'wiring', 'running', 'over']),
  /** Servers that the host asks peers to use; none by default. */
  iceServers: z.array(iceServer).max(16),
})
export type Notice = z.output<typeof noticeSchema>

/** Where a page was opened, as URL has it: scheme without colon, host name without brackets, no path. */
export interface Origin {
  readonly scheme: 'http' | 'https'
  readonly hostname: string
  readonly port: number
}

/**
 * The multiaddr of a host's node behind the origin of its page: `/dns4/NAME/tcp/443/tls/ws/p2p/ID`. Relay and
 * coordinator are told apart by protocol, not by path: libp2p's WebSockets have no paths.
 */
export function hostMultiaddr({ scheme, hostname, port }: Origin, hostPeerId: string): string {
  const name = hostname.replace(/^\[|\]$/g, '')
  const kind = /^\d+(\.\d+){3}$/.test(name) ? 'ip4' : name.includes(':') ? 'ip6' : 'dns'
  return `/${kind}/${name}/tcp/${port}${scheme === 'https' ? '/tls' : ''}/ws/p2p/${hostPeerId}`
}
