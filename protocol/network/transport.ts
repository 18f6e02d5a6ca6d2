import type { PeerIndex } from '#topology/graph.ts'
import type { Clock, Transport, TransportEvents } from '../peer/ports.ts'
import { toHex } from '../record/hex.ts'
import type { Digest } from '../record/vector-digest.ts'
import type { RejectionReason, Update } from '../round/update.ts'
import type { UpdateHeader, UpdateKind } from '../wire/update-header.ts'
import { type Admission, checkHeader, refuse } from './admission.ts'
import type { ByteStream } from './byte-stream.ts'
import { type CommitmentMode, createCommitments } from './commitments.ts'
import { createLink, type Link } from './link.ts'
import { directConnection, type OverlayConnection, type OverlayNode, type Signer } from './overlay-node.ts'
import { createPulls } from './pulls.ts'
import { createRateLimit, type Rate, type RateLimit } from './rate-limit.ts'
import { createSealer, payloadOf, type Sealed } from './seal.ts'
import { createUpdateStore } from './store.ts'

export const updateProtocol = '/hearsay/update/1.0.0'
export const colludeProtocol = '/hearsay/collude/1.0.0'

const heartbeatMs = 1000
const reopenMs = 250
/** One stream that lives and one that takes its place. */
const streamLimits = { maxInboundStreams: 2, maxOutboundStreams: 2 }

export interface NetworkTransportOptions {
  readonly node: OverlayNode
  readonly self: PeerIndex
  /** Peer ids of all peers of the experiment, as the coordinator assigned them. */
  readonly roster: readonly { readonly index: PeerIndex; readonly peerId: string }[]
  readonly neighbours: readonly PeerIndex[]
  /** Fellow colluders of a Byzantine peer; honest peers have none and reset whoever tries. */
  readonly colluders?: readonly PeerIndex[]
  /** Identity of the experiment, SHA-256, hex. */
  readonly experiment: string
  readonly kind: Exclude<UpdateKind, 'honest'>
  /** Numbers in an update. */
  readonly d: number
  readonly signer: Signer
  readonly digest: Digest
  readonly clock: Clock
  /** 16 random bytes, different each time. */
  nonce(): Uint8Array
  readonly dissemination?: 'direct' | 'gossip'
  readonly commitments?: CommitmentMode
  /** How long `before-reveal` waits for the neighbours' headers; a quarter of the transfer deadline. */
  readonly commitDeadlineMs?: number
  /** How long a transfer may take, milliseconds; the round's deadline. */
  readonly transferDeadlineMs?: number
  /** Updates that a neighbour may offer. */
  readonly rate?: Rate
  /** Someone signed two updates for one round; the evidence convinces anyone (`verifyEvidence`). */
  equivocated?(accused: PeerIndex, evidence: Uint8Array): void
}

export interface NetworkTransport extends Transport {
  /** Neighbours to whom an update stream is open. */
  linked(): readonly PeerIndex[]
  /** Neighbours and fellow colluders to whom something is not up yet, ascending. */
  missing(): readonly PeerIndex[]
  /** Resolves once all neighbours (and fellow colluders) are linked; rejects when the signal aborts. */
  whenLinked(signal: AbortSignal): Promise<void>
}

/**
 * The transport of a real swarm. A neighbour pair shares one stream of `/hearsay/update/1.0.0`, opened by the lower
 * index and opened again when it breaks while their connection lives; fellow colluders share one of
 * `/hearsay/collude/1.0.0` besides. One long-lived stream rather than one for each update, because every bound then
 * is a bound of the link: one transfer in flight each way, one queue, one rate; heartbeats use the very path that
 * updates take; and no round pays for opening a data channel.
 *
 * Links come up from the moment of the call; nothing is read before `listen`.
 */
export async function createNetworkTransport(options: NetworkTransportOptions): Promise<NetworkTransport> {
  const { node, self, clock, digest, signer, experiment, kind, d } = options
  const deadlineMs = options.transferDeadlineMs ?? 30_000
  const rate = options.rate ?? { burst: 16, perSecond: 50 }
  const gossip = options.dissemination === 'gossip'
  const peerIds = new Map(options.roster.map((seat) => [seat.index, seat.peerId]))
  const indices = new Map(options.roster.map((seat) => [seat.peerId, seat.index]))
  const neighbours = new Set(options.neighbours)
  const sealOnce = createSealer({ experiment, sender: self, signer, digest, nonce: () => options.nonce() })
  const store = createUpdateStore()
  const honestStore = createUpdateStore()
  const cancels = new Set<() => void>()
  const waiting = new Set<() => void>()
  let events: TransportEvents | undefined
  let startReading = (): void => {}
  const reading = new Promise<void>((resolve) => {
    startReading = resolve
  })
  let bytesSent = 0
  let bytesReceived = 0
  let closed = false

  const pulls = createPulls(clock, (from, round, sender, wanted) => {
    const link = links.get(from)
    if (link) link.pull(round, sender, wanted)
    else pulls.failed(from, round, sender)
  })

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
      // Payloads are for neighbours; the sender itself is asked first, then the others, who pull it too.
      if (!gossip || !neighbours.has(header.sender) || store.get(header.round, header.sender)) return
      const others = options.neighbours.filter((peer) => peer !== header.sender)
      pulls.want(header.round, header.sender, [header.sender, ...others], name)
    },
    equivocated: (accused, evidence) => options.equivocated?.(accused, evidence),
    withheld: (sender) => events?.rejected(sender, 'withheld'),
  })

  const limits = new Set<RateLimit>()
  /** Updates that one link may bring in a round: its sender's own, one pulled, and with gossip anybody's. */
  const expectedInRound = gossip ? neighbours.size + 1 : 2

  function linkTo(remote: PeerIndex, channel: 'update' | 'collude'): Link {
    const limit = createRateLimit(rate, clock.now())
    limits.add(limit)
    const kept = channel === 'update' ? store : honestStore
    const ofChannel = channel === 'update' ? kind : 'honest'
    const expected = { experiment, kind: ofChannel, d, self, peerIds, verify: signer.verify, digest } as const

    async function admit(bytes: Uint8Array): Promise<Admission> {
      if (!limit.allow(clock.now())) return refuse('rate-limited')
      const admission = await checkHeader(bytes, expected)
      if (!admission.ok) return admission
      const { header, digest: name } = admission.admitted
      const pulled = channel === 'update' && pulls.expects(remote, header.round, header.sender, name)
      if (header.sender !== remote && !pulled) return refuse('not-a-neighbour')
      if (channel === 'update' && !commitments.allows(header, bytes, name)) return refuse('commitment-mismatch')
      const before = kept.get(header.round, header.sender)
      if (before) return before.digest === name ? { ok: false, reason: 'duplicate', known: true } : refuse('duplicate')
      if (pulled) pulls.begun(header.round, header.sender)
      return admission
    }

    const link = createLink(
      {
        admit,
        async received({ header, bytes, digest: name }, vector) {
          const payload = toHex(await digest.sha256(payloadOf(vector)))
          if (payload !== header.payload) return reject(header, 'commitment-mismatch')
          if (!allFinite(vector)) return reject(header, 'not-finite')
          // A second copy may have come over another link in the meantime.
          if (kept.get(header.round, header.sender)) return reject(header, 'duplicate')
          kept.put({ header, bytes, digest: name, vector })
          const update = toUpdate(header, vector)
          if (channel === 'collude') return events?.colluded(update)
          pulls.got(header.round, header.sender)
          commitments.delivered(header)
          events?.heard(remote)
          events?.update(update)
        },
        answer(round, sender, wanted) {
          const update = channel === 'update' ? store.get(round, sender) : undefined
          return wanted === undefined || update?.digest === wanted ? update : undefined
        },
        absent: (round, sender) => pulls.failed(remote, round, sender),
        rejected: (reason) => events?.rejected(remote, reason),
        heard: () => events?.heard(remote),
        lost() {
          if (channel === 'update') pulls.lost(remote)
          after(reopenMs, open)
        },
        sent(count) {
          bytesSent += count
        },
        receivedBytes(count) {
          bytesReceived += count
        },
      },
      clock,
      deadlineMs,
      reading,
    )

    function reject(header: UpdateHeader, reason: RejectionReason): void {
      pulls.failed(remote, header.round, header.sender)
      events?.rejected(remote, reason)
    }

    function open(): void {
      const peerId = peerIds.get(remote)
      if (closed || link.open || self > remote || peerId === undefined) return
      const protocol = channel === 'update' ? updateProtocol : colludeProtocol
      const retry = (): void => after(reopenMs, open)
      const connection = directConnection(node, peerId)
      if (!connection) return retry()
      connection.newStream(protocol, { maxOutboundStreams: streamLimits.maxOutboundStreams }).then((stream) => {
        if (closed || link.open) stream.abort(new Error('not needed any more'))
        else link.attach(stream)
      }, retry)
    }
    after(0, open)
    return link
  }

  const links = new Map(options.neighbours.map((peer) => [peer, linkTo(peer, 'update')]))
  const colluding = new Map((options.colluders ?? []).map((peer) => [peer, linkTo(peer, 'collude')]))

  /** Whose link is not open, or who does not listen to the headers that are published. */
  function missing(): PeerIndex[] {
    const closedTo = [...links, ...colluding].filter(([, link]) => !link.open).map(([peer]) => peer)
    const listeners = commitments.active ? new Set(node.headers?.listeners()) : undefined
    const deaf = listeners ? options.neighbours.filter((peer) => !listeners.has(peerIds.get(peer) ?? '')) : []
    return [...new Set([...closedTo, ...deaf])].sort((a, b) => a - b)
  }

  /** Takes a stream of a direct connection from a peer who has a link here; resets any other. */
  function accept(known: ReadonlyMap<PeerIndex, Link>): (stream: ByteStream, connection: OverlayConnection) => void {
    return (stream, connection) => {
      const remote = indices.get(connection.remotePeer.toString())
      const link = remote === undefined ? undefined : known.get(remote)
      if (link && connection.limits === undefined && !closed) return link.attach(stream)
      stream.abort(new Error('no such link'))
      if (remote !== undefined && known === links) events?.rejected(remote, 'not-a-neighbour')
    }
  }
  await node.handle(updateProtocol, accept(links), streamLimits)
  await node.handle(colludeProtocol, accept(colluding), streamLimits)

  function after(delayMs: number, action: () => void): void {
    if (closed) return
    const cancel = clock.schedule(delayMs, () => {
      cancels.delete(cancel)
      action()
    })
    cancels.add(cancel)
  }

  function beat(): void {
    for (const link of [...links.values(), ...colluding.values()]) link.heartbeat()
    after(heartbeatMs, beat)
  }
  after(heartbeatMs, beat)

  /** Sealing takes its time, and updates leave in the order in which they were handed over. */
  let last: Promise<void> = Promise.resolve()
  function inOrder(sealing: Promise<Sealed>, leave: (own: Sealed) => void): void {
    const before = last
    last = sealing.then(
      async (own) => {
        await before
        if (!closed) leave(own)
      },
      // Without a digest or a signature there is nothing to send: a missing update at the other end.
      () => before,
    )
  }

  return {
    listen(listener) {
      events = listener
      startReading()
    },
    send(to, update) {
      inOrder(sealOnce(kind, update), (own) => {
        if (store.get(own.header.round, self) !== own) {
          store.put(own)
          // Whoever plays fast rounds may expect as many of the neighbours.
          for (const limit of limits) for (let k = 0; k < expectedInRound; k++) limit.credit()
        }
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
    traffic: () => ({ bytesSent, bytesReceived }),
    linked: () => [...links].filter(([, link]) => link.open).map(([peer]) => peer),
    missing,
    whenLinked(signal) {
      return new Promise((resolve, reject) => {
        const check = (): void => {
          if (!waiting.has(check)) return
          if (missing().length > 0) return after(reopenMs, check)
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        const abort = (): void => {
          waiting.delete(check)
          reject(signal.reason instanceof Error ? signal.reason : new Error('links were not up in time'))
        }
        if (signal.aborted) abort()
        else signal.addEventListener('abort', abort, { once: true })
        check()
      })
    },
    async close() {
      closed = true
      for (const cancel of cancels) cancel()
      pulls.close()
      commitments.close()
      for (const link of [...links.values(), ...colluding.values()]) link.close()
      await node.unhandle(updateProtocol)
      await node.unhandle(colludeProtocol)
    },
  }
}

function allFinite(vector: Float32Array): boolean {
  let sum = 0
  for (const value of vector) sum += value * 0
  return sum === 0
}

function toUpdate(header: UpdateHeader, vector: Float32Array): Update {
  const { round, sender, stateDigest } = header
  return { round, sender, vector, ...(stateDigest === undefined ? {} : { stateDigest }) }
}
