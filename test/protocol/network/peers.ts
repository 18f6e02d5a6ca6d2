import {
  createNetworkTransport,
  type NetworkTransport,
  type NetworkTransportOptions,
} from '#protocol/network/transport.ts'
import type { RejectionReason, Update } from '#protocol/round/update.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { type MemoryNode, manualClock, memoryNodes, nameOf, testDigest, testNonce, testSigner } from './memory-nodes.ts'

export const experiment = '0123456789abcdef'.repeat(4)

interface Inbox {
  readonly updates: Update[]
  readonly colluded: Update[]
  readonly rejected: [PeerIndex, RejectionReason][]
  readonly accused: [PeerIndex, Uint8Array][]
  heard: number
  /** Resolves when the condition holds; checked at every event. */
  until(condition: (inbox: Inbox) => boolean): Promise<void>
}

interface TestPeer {
  readonly node: MemoryNode
  readonly transport: NetworkTransport
  readonly inbox: Inbox
}

export interface TestSwarm {
  readonly peers: readonly TestPeer[]
  readonly clock: ReturnType<typeof manualClock>
  readonly nodes: readonly MemoryNode[]
}

/** Transports over streams in memory; `absent` peers have a node but no transport, for tests that speak for them. */
export async function swarm(
  neighbours: readonly (readonly PeerIndex[])[],
  options: Partial<NetworkTransportOptions> = {},
  absent: readonly PeerIndex[] = [],
  colluders: readonly PeerIndex[] = [],
): Promise<TestSwarm> {
  const clock = manualClock()
  const nodes = memoryNodes(neighbours.length)
  const roster = neighbours.map((_, index) => ({ index, peerId: nameOf(index) }))
  const peers: TestPeer[] = []
  for (const [self, node] of nodes.entries()) {
    const inbox = createInbox()
    if (absent.includes(self)) continue
    const transport = await createNetworkTransport({
      node,
      self,
      roster,
      neighbours: neighbours[self] ?? [],
      colluders: colluders.includes(self) ? colluders.filter((peer) => peer !== self) : [],
      experiment,
      kind: 'model',
      d: 5000,
      signer: testSigner(self),
      digest: testDigest,
      clock,
      nonce: testNonce,
      equivocated(accused, evidence) {
        inbox.accused.push([accused, evidence])
        tell(inbox)
      },
      ...options,
    })
    transport.listen({
      update: (update) => note(inbox, () => inbox.updates.push(update)),
      rejected: (from, reason) => note(inbox, () => inbox.rejected.push([from, reason])),
      colluded: (update) => note(inbox, () => inbox.colluded.push(update)),
      alive: () => note(inbox, () => inbox.heard++),
    })
    peers.push({ node, transport, inbox })
  }
  clock.advance(0)
  if (absent.length === 0) {
    const linked = Promise.all(peers.map(({ transport }) => transport.whenLinked(new AbortController().signal)))
    await settleWhile(linked, clock)
  }
  return { peers, clock, nodes }
}

/** Lets time pass in small steps until the promise settles; each step waits for a turn of the event loop. */
export async function settleWhile<T>(promise: Promise<T>, clock: { advance(byMs: number): void }): Promise<T> {
  let done = false
  const settled = promise.finally(() => {
    done = true
  })
  while (!done) {
    clock.advance(20)
    await turn()
  }
  return settled
}

/** One turn of the event loop, in which sent bytes arrive. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(0)
  })
}

export function vector(fill: number, d = 5000): Float32Array {
  return new Float32Array(d).fill(fill)
}

const waiting = new WeakMap<Inbox, Set<() => void>>()

function createInbox(): Inbox {
  const checks = new Set<() => void>()
  const inbox: Inbox = {
    updates: [],
    colluded: [],
    rejected: [],
    accused: [],
    heard: 0,
    until(condition) {
      return new Promise((resolve) => {
        const check = (): void => {
          if (!condition(inbox)) return
          checks.delete(check)
          resolve()
        }
        checks.add(check)
        check()
      })
    },
  }
  waiting.set(inbox, checks)
  return inbox
}

function note(inbox: Inbox, change: () => void): void {
  change()
  tell(inbox)
}

function tell(inbox: Inbox): void {
  for (const check of [...(waiting.get(inbox) ?? [])]) check()
}
