import type { PeerIndex } from '#topology/graph.ts'
import type { Clock } from '../../peer/ports.ts'
import { directConnection, type OverlayNode } from '../overlay-node.ts'

export interface DialOptions {
  readonly node: OverlayNode
  readonly self: PeerIndex
  /** Peer ids and addresses, at least of `peers`. */
  readonly roster: readonly {
    readonly index: PeerIndex
    readonly peerId: string
    readonly addresses: readonly string[]
  }[]
  /** Peers to connect to: the neighbours and, for a Byzantine peer, the other colluders. */
  readonly peers: readonly PeerIndex[]
  /** `webrtc` on every edge, or `auto`: TCP if both ends have it, else WebRTC. */
  readonly links: 'webrtc' | 'auto'
  readonly clock: Clock
  /** Aborts at the wiring deadline and ends the attempts. */
  readonly signal: AbortSignal
  /** Maximum number of parallel dials; default 4. */
  readonly parallel?: number
  /**
   * Maximum number of dials, default 200. A browser process can open about 500 WebRTC connections, failed ones
   * included.
   */
  readonly budget?: number
}

export interface Dialled {
  readonly connected: readonly PeerIndex[]
  readonly failed: readonly { readonly peer: PeerIndex; readonly detail: string }[]
}

const pauseMs = 200
/** A WebRTC dial takes 100 to 500 ms, so the first timeout is short. It grows with the attempts, for busy machines. */
const minPatienceMs = 2500
const maxPatienceMs = 15_000

/**
 * Brings up the edges of a peer. The lower index of an edge dials until the edge is up, the signal aborts or the budget
 * is spent; the higher index waits. When the direct connection is up, it closes the one through the relay, which only
 * introduced the peers. Never rejects: the result lists failed edges with their last reason.
 */
export async function dialEdges(options: DialOptions): Promise<Dialled> {
  const { node, self, clock, signal } = options
  const seats = new Map(options.roster.map((seat) => [seat.index, seat]))
  const details = new Map<PeerIndex, string>()
  const queue = options.peers.filter((peer) => self < peer)
  let budget = options.budget ?? 200

  const isUp = (peer: PeerIndex): boolean => directConnection(node, seats.get(peer)?.peerId ?? '') !== undefined

  async function dial(peer: PeerIndex): Promise<void> {
    const seat = seats.get(peer)
    const addresses = dialable(seat?.addresses ?? [], options.links)
    for (let attempt = 1; !signal.aborted && !isUp(peer); attempt++) {
      if (addresses.length === 0) return void details.set(peer, `no ${options.links} address is known`)
      if (budget <= 0) return void details.set(peer, 'the maximum number of dials is reached')
      budget -= 1
      try {
        await node.dial(addresses, Math.min(maxPatienceMs, minPatienceMs * 2 ** Math.floor(attempt / 3)))
        if (isUp(peer)) break
        details.set(peer, 'the connection was closed at once')
      } catch (error) {
        details.set(peer, error instanceof Error ? error.message : String(error))
      }
      // Pauses grow and depend on the index, so that peers that failed together do not retry together.
      await pause(clock, pauseMs * Math.min(attempt, 5) + ((self * 37 + peer * 11) % 100), signal)
    }
    await closeRelayed(node, seat?.peerId ?? '')
  }

  async function worker(): Promise<void> {
    for (let peer = queue.shift(); peer !== undefined; peer = queue.shift()) await dial(peer)
  }
  await Promise.all(Array.from({ length: options.parallel ?? 4 }, worker))
  // The other end may close a connection because it does not know its neighbours yet: dial again.
  const givenUp = (peer: PeerIndex): boolean => details.get(peer)?.startsWith('no ') ?? false
  while (!signal.aborted && !options.peers.every((peer) => isUp(peer) || givenUp(peer))) {
    await pause(clock, pauseMs / 4, signal)
    for (const peer of options.peers) if (self < peer && !isUp(peer) && !givenUp(peer)) await dial(peer)
  }

  const failed = options.peers.filter((peer) => !isUp(peer))
  return {
    connected: options.peers.filter(isUp),
    failed: failed.map((peer) => ({
      peer,
      detail: details.get(peer) ?? (peer < self ? 'it did not dial in time' : 'there was no time to dial'),
    })),
  }
}

/** Closes the relayed connections to a peer if there is a direct one. */
async function closeRelayed(node: OverlayNode, peerId: string): Promise<void> {
  if (!directConnection(node, peerId)) return
  const relayed = node
    .connections()
    .filter((connection) => connection.limits !== undefined && connection.remotePeer.toString() === peerId)
  await Promise.allSettled(relayed.map((connection) => connection.close()))
}

/** The addresses to dial: plain TCP if `links` is `auto` and the peer has such an address, else WebRTC. */
function dialable(addresses: readonly string[], links: 'webrtc' | 'auto'): readonly string[] {
  const tcp = addresses.filter((address) => /^\/(ip4|ip6|dns[46]?)\/[^/]+\/tcp\/\d+(\/p2p\/[^/]+)?$/.test(address))
  if (links === 'auto' && tcp.length > 0) return tcp
  return addresses.filter((address) => address.includes('/webrtc'))
}

function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done)
      cancel()
      resolve()
    }
    const cancel = clock.schedule(delayMs, done)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}
