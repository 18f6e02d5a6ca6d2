import { setTimeout } from 'node:timers'
import { createHearsayNode } from '#node/network/create-node.ts'
import { nodeDigest, nodeNonce } from '#node/network/digest.ts'
import { dialEdges } from '#protocol/network/libp2p/dial.ts'
import type { HearsayNode } from '#protocol/network/libp2p/hearsay-node.ts'
import {
  createNetworkTransport,
  type NetworkTransport,
  type NetworkTransportOptions,
} from '#protocol/network/transport.ts'
import type { Clock } from '#protocol/peer/ports.ts'
import type { RejectionReason, Update } from '#protocol/round/update.ts'
import type { PeerIndex } from '#topology/graph.ts'

export const experiment = 'ab'.repeat(32)

/** Real time. */
export const clock: Clock = {
  now: () => performance.now(),
  schedule(afterMs, action) {
    const timer = setTimeout(action, afterMs)
    return () => clearTimeout(timer)
  },
  settle(work, _durationMs, then) {
    work.then(then, () => {})
  },
}

/** The events of a transport, and a way to wait for them. */
export interface Inbox {
  readonly updates: Update[]
  readonly colluded: Update[]
  readonly rejected: [PeerIndex, RejectionReason][]
  readonly heard: Set<PeerIndex>
  until(condition: (inbox: Inbox) => boolean): Promise<void>
}

export function listenTo(transport: NetworkTransport): Inbox {
  const waiting = new Set<() => void>()
  const tell = (): void => {
    for (const check of [...waiting]) check()
  }
  const inbox: Inbox = {
    updates: [],
    colluded: [],
    rejected: [],
    heard: new Set(),
    until(condition) {
      return new Promise((resolve) => {
        const check = (): void => {
          if (!condition(inbox)) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      })
    },
  }
  transport.listen({
    update(update) {
      inbox.updates.push(update)
      tell()
    },
    rejected(from, reason) {
      inbox.rejected.push([from, reason])
      tell()
    },
    alive(from) {
      inbox.heard.add(from)
      tell()
    },
    colluded(update) {
      inbox.colluded.push(update)
      tell()
    },
  })
  return inbox
}

export interface SwarmPeer {
  readonly node: HearsayNode
  readonly transport: NetworkTransport
}

/** n Node peers of a graph, wired over a relay as the coordinator would. */
export async function wire(
  relay: string,
  neighbours: readonly (readonly PeerIndex[])[],
  options: Partial<NetworkTransportOptions> = {},
  links: 'webrtc' | 'auto' = 'webrtc',
  colluders: readonly PeerIndex[] = [],
): Promise<SwarmPeer[]> {
  const nodes = await Promise.all(neighbours.map(() => createHearsayNode({ relay, links })))
  const signal = AbortSignal.timeout(40_000)
  const addresses = await Promise.all(nodes.map((node) => node.whenReachable(signal)))
  const roster = nodes.map(({ peerId }, index) => ({ index, peerId, addresses: addresses[index] ?? [] }))
  const otherColluders = (self: PeerIndex): PeerIndex[] =>
    colluders.includes(self) ? colluders.filter((peer) => peer !== self) : []
  for (const [self, node] of nodes.entries()) {
    const known = neighbours[self] ?? []
    const idsOf = (peers: readonly PeerIndex[]): string[] => peers.map((peer) => roster[peer]?.peerId ?? '')
    node.gate.allow(idsOf([...known, ...otherColluders(self)]))
    node.gossipWith(idsOf(known))
  }
  const transports = await Promise.all(
    nodes.map((node, self) =>
      createNetworkTransport({
        node: node.overlay,
        self,
        roster,
        neighbours: neighbours[self] ?? [],
        colluders: otherColluders(self),
        experiment,
        kind: 'model',
        d: 79_510,
        signer: node.signer,
        digest: nodeDigest,
        clock,
        nonce: nodeNonce,
        ...options,
      }),
    ),
  )
  const dialled = await Promise.all(
    nodes.map((node, self) =>
      dialEdges({
        node: node.overlay,
        self,
        roster,
        peers: [...new Set([...(neighbours[self] ?? []), ...otherColluders(self)])],
        links,
        clock,
        signal,
      }),
    ),
  )
  const failed = dialled.flatMap((result, self) => result.failed.map((edge) => ({ self, ...edge })))
  if (failed.length > 0) throw new Error(`edges failed: ${JSON.stringify(failed)}`)
  await Promise.all(transports.map((transport) => transport.whenLinked(signal)))
  return nodes.map((node, self) => ({ node, transport: transports[self] as NetworkTransport }))
}

export async function unwire(peers: readonly SwarmPeer[]): Promise<void> {
  await Promise.all(peers.map(({ transport }) => transport.close()))
  await Promise.all(peers.map(({ node }) => node.stop()))
}

/** A vector with numbers that identify its sender and its round. */
export function vectorOf(sender: PeerIndex, round: number, d = 79_510): Float32Array {
  return Float32Array.from({ length: d }, (_, i) => sender + round / 10 + (i % 7))
}

/** Whether an update has exactly the numbers of its sender. */
export function isGenuine({ sender, round, vector }: Update): boolean {
  const made = vectorOf(sender, round, vector.length)
  return vector.every((value, i) => value === made[i])
}
