import type { PeerIndex } from '#topology/graph.ts'
import type { Experiment } from '../experiment/schema.ts'
import { dialEdges } from '../network/libp2p/dial.ts'
import type { HearsayNode } from '../network/libp2p/hearsay-node.ts'
import type { NetworkTransport } from '../network/transport.ts'
import type { Clock } from '../peer/ports.ts'
import type { Assignment } from '../wire/control.ts'
import { JoinError } from './join-control.ts'

/** Streams follow connections within this time, or the connections are looked at again. */
const linkMs = 3000

/**
 * How long a swarm of so many edges may take until all are up, milliseconds: where its peers share a machine, a dial costs
 * all of them time.
 */
export function wiringTimeMs(edges: number): number {
  return 60_000 + 500 * edges
}

/** Which transports the edges of a peer may take: a tab has no TCP, whatever the experiment allows. */
export function linksOf({ runtime }: Pick<Experiment, 'runtime'>, kind: 'tab' | 'process'): 'webrtc' | 'auto' {
  return 'links' in runtime && kind === 'process' ? runtime.links : 'webrtc'
}

/** An edge that did not come up, and why. */
export interface FailedEdge {
  readonly peer: PeerIndex
  readonly detail: string
}

/** Brings up the edges and waits for their streams. Throws JoinError with those that failed, after `failedEdges` heard of them. */
export async function wire(
  node: HearsayNode,
  { index, roster, neighbours, byzantine }: Assignment,
  links: 'webrtc' | 'auto',
  transport: NetworkTransport,
  clock: Clock,
  failedEdges: (edges: readonly FailedEdge[]) => void,
  wiringMs: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const peers = [...new Set([...neighbours, ...(byzantine?.colluders ?? [])])]
  const peerIds = (of: readonly PeerIndex[]): string[] =>
    roster.filter((seat) => of.includes(seat.index)).map(({ peerId }) => peerId)
  node.gate.allow(peerIds(peers))
  node.gossipWith(peerIds(neighbours))
  const deadline = new AbortController()
  const edges = (roster.length * peers.length) / 2
  const cancel = clock.schedule(wiringMs ?? wiringTimeMs(edges), () => deadline.abort())
  signal.addEventListener('abort', () => deadline.abort(), { once: true })
  let failed: readonly FailedEdge[]
  for (;;) {
    const dialled = await dialEdges({
      node: node.overlay,
      self: index,
      roster,
      peers,
      links,
      parallel: dialsAtOnce(roster.length),
      clock,
      signal: deadline.signal,
    })
    failed = dialled.failed
    // A connection that the other end closed again, having heard of its neighbours too late, is dialled once more.
    if (failed.length > 0 || (await linkedSoon(transport, clock, deadline.signal))) break
    if (!deadline.signal.aborted) continue
    const linked = transport.linked()
    failed = neighbours
      .filter((peer) => !linked.includes(peer))
      .map((peer) => ({ peer, detail: 'connected, but no update stream came up' }))
    break
  }
  cancel()
  if (failed.length === 0) return
  failedEdges(failed)
  throw new JoinError(
    'unwired',
    `peer ${index} has no link to ${failed.map(({ peer, detail }) => `${peer} (${detail})`).join(', ')}`,
  )
}

/** Dials of one peer at the same time: all peers may share the cores of one machine, and a dial that crawls times out. */
function dialsAtOnce(peers: number): number {
  return Math.max(1, Math.min(4, Math.floor(24 / peers)))
}

/** Whether all links come up within a few seconds. */
async function linkedSoon(transport: NetworkTransport, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const attempt = new AbortController()
  const cancel = clock.schedule(linkMs, () => attempt.abort())
  const abort = (): void => attempt.abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    await transport.whenLinked(attempt.signal)
    return true
  } catch {
    return false
  } finally {
    cancel()
    signal.removeEventListener('abort', abort)
  }
}
