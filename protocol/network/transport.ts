import type { PeerIndex } from '#topology/graph.ts'
import type { Clock, Transport, TransportEvents } from '../peer/ports.ts'
import type { Digest } from '../record/vector-digest.ts'
import type { UpdateKind } from '../wire/update-header.ts'
import { type CommitmentMode, createCommitments } from './commitments.ts'
import { createInbox, type InboxOptions } from './inbox.ts'
import { createLifetime } from './lifetime.ts'
import { createLink, type Link } from './link.ts'
import { createOpening } from './opening.ts'
import type { OverlayNode, Signer } from './overlay-node.ts'
import { createPulls } from './pulls.ts'
import { createRateLimit, type Rate, type RateLimit } from './rate-limit.ts'
import { createSealer, type Sealed } from './seal.ts'
import { createUpdateStore } from './store.ts'

export const updateProtocol = '/hearsay/update/1.0.0'
export const colludeProtocol = '/hearsay/collude/1.0.0'

const heartbeatMs = 1000
/** Milliseconds between two checks of `whenLinked`. */
const linkedEveryMs = 250

export interface NetworkTransportOptions {
  readonly node: OverlayNode
  readonly self: PeerIndex
  /** Peer ids of all peers of the experiment, as the coordinator assigned them. */
  readonly roster: readonly { readonly index: PeerIndex; readonly peerId: string }[]
  readonly neighbours: readonly PeerIndex[]
  /** The other colluders of a Byzantine peer. An honest peer has none and resets their streams. */
  readonly colluders?: readonly PeerIndex[]
  /** Identity of the experiment: SHA-256, hex. */
  readonly experiment: string
  readonly kind: Exclude<UpdateKind, 'honest'>
  /** Length of an update's vector. */
  readonly d: number
  readonly signer: Signer
  readonly digest: Digest
  readonly clock: Clock
  /** 16 random bytes, different each time. */
  nonce(): Uint8Array
  readonly dissemination?: 'direct' | 'gossip'
  readonly commitments?: CommitmentMode
  /**
   * How long `before-reveal` waits for the neighbours' headers, milliseconds; default a quarter of the transfer
   * deadline.
   */
  readonly commitDeadlineMs?: number
  /** Maximum time of a transfer, milliseconds; default 30,000. A swarm sets the round's deadline. */
  readonly transferDeadlineMs?: number
  /** Maximum rate of a neighbour's offers; default a burst of 16 and 50 per second. */
  readonly rate?: Rate
  /** A peer signed two updates for one round. Any peer can verify the evidence (`verifyEvidence`). */
  equivocated?(accused: PeerIndex, evidence: Uint8Array): void
}

export interface NetworkTransport extends Transport {
  /** Neighbours with an open update stream. */
  linked(): readonly PeerIndex[]
  /** Neighbours and other colluders with an incomplete link, ascending. */
  missing(): readonly PeerIndex[]
  /** Resolves when all neighbours and other colluders are linked. Rejects if the signal aborts. */
  whenLinked(signal: AbortSignal): Promise<void>
}

/**
 * The transport of a swarm. Two neighbours share one stream of `/hearsay/update/1.0.0`. The lower index opens it, and
 * opens it again if it breaks while their connection lives. Two colluders also share a stream of
 * `/hearsay/collude/1.0.0`. A long-lived stream has three advantages over a stream for each update. Every bound is a
 * bound of the link: one transfer in flight each way, one queue, one rate. Heartbeats use the same path as updates. And
 * no round has to open a data channel.
 *
 * An update leaves through the sealer, the commitments and a link. It arrives through a link and its inbox at the
 * events. Reading causes two kinds of sending, both through this file: `pulls` asks the next neighbour over its link,
 * and `commitments` reveals payloads that it held back.
 *
 * Links come up from the call on. Reading starts with `listen`.
 */
export async function createNetworkTransport(options: NetworkTransportOptions): Promise<NetworkTransport> {
  const { node, self, clock, digest, signer, experiment, kind, d, roster } = options
  const deadlineMs = options.transferDeadlineMs ?? 30_000
  const rate = options.rate ?? { burst: 16, perSecond: 50 }
  const gossip = options.dissemination === 'gossip'
  const peerIds = new Map(roster.map((seat) => [seat.index, seat.peerId]))
  const neighbours = new Set(options.neighbours)
  const lifetime = createLifetime(clock)
  const store = createUpdateStore()
  const traffic = { bytesSent: 0, bytesReceived: 0 }

  let listener: TransportEvents | undefined
  let startReading = (): void => {}
  const reading = new Promise<void>((resolve) => {
    startReading = resolve
  })
  const events: TransportEvents = {
    update: (update) => listener?.update(update),
    rejected: (from, reason) => listener?.rejected(from, reason),
    alive: (from) => listener?.alive(from),
    colluded: (update) => listener?.colluded(update),
  }

  const pulls = createPulls(
    clock,
    (from, round, sender, wanted) => links.get(from)?.pull(round, sender, wanted) ?? false,
  )

  const commitments = createCommitments({
    mode: options.commitments ?? 'off',
    announce: gossip,
    topic: node.headers,
    experiment,
    self,
    peerIds,
    neighbours: options.neighbours,
    signer,
    digest,
    clock,
    deadlineMs: options.commitDeadlineMs ?? deadlineMs / 4,
    announced(header, name) {
      // Pull only payloads of neighbours: ask the sender first, then the other neighbours, who may hold it, too.
      if (!gossip || !neighbours.has(header.sender) || store.get(header.round, header.sender)) return
      const others = options.neighbours.filter((peer) => peer !== header.sender)
      pulls.want(header.round, header.sender, [header.sender, ...others], name)
    },
    equivocated: (accused, evidence) => options.equivocated?.(accused, evidence),
    withheld: (sender) => events.rejected(sender, 'withheld'),
  })

  const limits: RateLimit[] = []
  function linksTo(peers: readonly PeerIndex[], of: Pick<InboxOptions, 'channel' | 'store'>): Map<PeerIndex, Link> {
    const ofChannel = of.channel === 'update' ? kind : 'honest'
    const expected = { experiment, kind: ofChannel, d, self, peerIds, verify: signer.verify, digest } as const
    const linkTo = (remote: PeerIndex): Link => {
      const limit = createRateLimit(rate, clock.now())
      limits.push(limit)
      const inbox = createInbox({ ...of, remote, expected, limit, pulls, commitments, clock, events })
      return createLink({ inbox, traffic, clock, deadlineMs, reading })
    }
    return new Map(peers.map((remote) => [remote, linkTo(remote)]))
  }
  const links = linksTo(options.neighbours, { channel: 'update', store })
  const colluding = linksTo(options.colluders ?? [], { channel: 'collude', store: createUpdateStore() })
  const allLinks = [...links, ...colluding]

  const opened = { node, self, roster, lifetime }
  const openings = [
    createOpening({
      ...opened,
      protocol: updateProtocol,
      links,
      refused: (remote) => events.rejected(remote, 'not-a-neighbour'),
    }),
    createOpening({ ...opened, protocol: colludeProtocol, links: colluding }),
  ]
  for (const opening of openings) await opening.accept()

  function beat(): void {
    for (const [, link] of allLinks) link.heartbeat()
    lifetime.after(heartbeatMs, beat)
  }
  lifetime.after(heartbeatMs, beat)

  /** Peers without an open link, and neighbours that do not subscribe to published headers. */
  function missing(): PeerIndex[] {
    const closedTo = allLinks.filter(([, link]) => !link.open).map(([peer]) => peer)
    const listeners = commitments.active ? new Set(node.headers?.listeners()) : undefined
    const deaf = listeners ? options.neighbours.filter((peer) => !listeners.has(peerIds.get(peer) ?? '')) : []
    return [...new Set([...closedTo, ...deaf])].sort((a, b) => a - b)
  }

  const sealOnce = createSealer({ experiment, sender: self, signer, digest, nonce: () => options.nonce() })
  /** Sealing is asynchronous; this chain keeps the order of updates. */
  let last: Promise<void> = Promise.resolve()
  function inOrder(sealing: Promise<Sealed>, leave: (own: Sealed) => void): void {
    const before = last
    last = sealing.then(
      async (own) => {
        await before
        if (!lifetime.over) leave(own)
      },
      // If sealing fails, nothing leaves: the update is missing at the other end.
      () => before,
    )
  }

  /**
   * Maximum number of updates over one link in a round: the sender's own and a pulled one, or with gossip those of all.
   */
  const expectedInRound = gossip ? neighbours.size + 1 : 2
  function keep(own: Sealed): void {
    if (store.get(own.header.round, self) === own) return
    store.put(own)
    // A peer with fast rounds may expect as many updates from its neighbours.
    for (const limit of limits) for (let k = 0; k < expectedInRound; k++) limit.credit()
  }

  return {
    listen(to) {
      listener = to
      startReading()
    },
    send(to, update) {
      inOrder(sealOnce(kind, update), (own) => {
        keep(own)
        commitments.commit(own, () => {
          if (!gossip) links.get(to)?.offer(own)
        })
      })
    },
    collude(to, update) {
      inOrder(sealOnce('honest', update), (own) => colluding.get(to)?.offer(own))
    },
    pull(from, round, sender) {
      if (links.has(from)) pulls.want(round, sender, [from])
    },
    traffic: () => ({ ...traffic }),
    linked: () => [...links].filter(([, link]) => link.open).map(([peer]) => peer),
    missing,
    whenLinked(signal) {
      return new Promise((resolve, reject) => {
        const check = (): void => {
          if (signal.aborted) return
          if (missing().length > 0) return lifetime.after(linkedEveryMs, check)
          resolve()
        }
        const abort = (): void =>
          reject(signal.reason instanceof Error ? signal.reason : new Error('links were not up in time'))
        if (signal.aborted) return abort()
        signal.addEventListener('abort', abort, { once: true })
        check()
      })
    },
    async close() {
      lifetime.end()
      pulls.close()
      commitments.close()
      for (const [, link] of allLinks) link.close()
      for (const opening of openings) await opening.close()
    },
  }
}
