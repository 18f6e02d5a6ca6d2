import * as z from 'zod'

/**
 * The path of a host's notice: JSON for holders of its link, enough to decide whether to join and to find the swarm. It
 * does not reveal Byzantine peers.
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
  /** The node that is relay and coordinator, over WebSockets at the origin of this file. */
  hostPeerId: z.string().min(8).max(128),
  seats: z.strictObject({ taken: z.int().min(0), wanted: z.int().min(1) }),
  phase: z.enum(['seating', 'wiring', 'running', 'over']),
  /** ICE servers that the host asks peers to use. Default: none. */
  iceServers: z.array(iceServer).max(16),
})
export type Notice = z.output<typeof noticeSchema>

/** The origin of a page: scheme without colon, host name (of IPv6 with or without brackets), port. */
export interface Origin {
  readonly scheme: 'http' | 'https'
  readonly hostname: string
  readonly port: number
}

/**
 * The multiaddr of a host's node behind the origin of its page: `/dns/NAME/tcp/443/tls/ws/p2p/ID`. The protocol tells
 * relay and coordinator apart, because libp2p's WebSockets have no paths.
 */
export function hostMultiaddr({ scheme, hostname, port }: Origin, hostPeerId: string): string {
  const name = hostname.replace(/^\[|\]$/g, '')
  const kind = /^\d+(\.\d+){3}$/.test(name) ? 'ip4' : name.includes(':') ? 'ip6' : 'dns'
  return `/${kind}/${name}/tcp/${port}${scheme === 'https' ? '/tls' : ''}/ws/p2p/${hostPeerId}`
}
