import type { PeerIndex } from '#topology/graph.ts'
import type { Clock } from '../peer/ports.ts'
import type { Digest } from '../record/vector-digest.ts'
import { encodeEvidence } from '../wire/evidence.ts'
import { decodeHeader, type UpdateHeader } from '../wire/update-header.ts'
import type { HeaderTopic, Signer } from './overlay-node.ts'
import { createRateLimit, type RateLimit } from './rate-limit.ts'
import { openHeader, type Sealed } from './seal.ts'

export type CommitmentMode = 'off' | 'evidence' | 'before-reveal'

export interface CommitmentOptions {
  readonly mode: CommitmentMode
  /** Whether to publish headers in every mode: `dissemination: gossip` announces updates by headers. */
  readonly announce: boolean
  readonly topic: HeaderTopic | undefined
  readonly experiment: string
  readonly self: PeerIndex
  readonly peerIds: ReadonlyMap<PeerIndex, string>
  readonly neighbours: readonly PeerIndex[]
  readonly signer: Signer
  readonly digest: Digest
  readonly clock: Clock
  readonly deadlineMs: number
  /** A new header of another peer came over the topic. */
  announced(header: UpdateHeader, digest: string): void
  equivocated(accused: PeerIndex, evidence: Uint8Array): void
  /** A neighbour committed to an update, but did not send it before the next round. */
  withheld(sender: PeerIndex): void
}

export interface Commitments {
  /** Whether headers are published. */
  readonly active: boolean
  /** Publishes the header and calls `reveal` when the payload may leave: at once, except with `before-reveal`. */
  commit(own: Sealed, reveal: () => void): void
  /** Whether an offered update agrees with its sender's commitment. */
  allows(header: UpdateHeader, bytes: Uint8Array, digest: string): boolean
  delivered(header: UpdateHeader): void
  close(): void
}

/** Number of rounds of each sender that are kept. */
const roundsKept = 8

interface Commitment {
  readonly digest: string
  readonly bytes: Uint8Array
  /** Whether it came after this peer revealed its own update of the round. Then it is no commitment. */
  readonly tooLate: boolean
  delivered: boolean
  convicted: boolean
}

interface OwnRound {
  readonly published: Set<string>
  readonly reveals: (() => void)[]
  revealed: boolean
  cancelDeadline: () => void
}

/**
 * Signed headers as commitments.
 *
 * `evidence`: a peer publishes its headers, and those that came over a link unpublished. Two headers of one sender for
 * one round prove equivocation. No peer waits.
 *
 * `before-reveal`: a peer holds back its payload until it has all neighbours' headers, or until the commit deadline. A
 * header that comes after the peer's own reveal is no commitment. So the peer refuses an update without a timely
 * commitment, and no sender can choose its update after seeing others.
 *
 * A peer's key lives no longer than its process, so a restart cannot make it sign two updates for one round. Throws
 * RangeError if headers must be published but the node has no topic.
 */
export function createCommitments(options: CommitmentOptions): Commitments {
  const { mode, topic, clock, self } = options
  const active = mode !== 'off' || options.announce
  const seen = new Map<PeerIndex, Map<number, Commitment>>()
  const own = new Map<number, OwnRound>()
  const allowed = new Map<PeerIndex, RateLimit>()
  if (active && !topic) throw new RangeError('commitments and gossip need a node with gossipsub')
  if (active) topic?.listen(take)

  /** Rejects only headers that are invalid without context: honest peers must not blame each other over clocks. */
  async function take(bytes: Uint8Array): Promise<'accept' | 'ignore' | 'reject'> {
    const decoded = decodeHeader(bytes)
    if (!decoded.ok) return 'reject'
    const header = decoded.value
    const peerId = options.peerIds.get(header.sender)
    if (header.experiment !== options.experiment || peerId === undefined || header.kind === 'honest') return 'ignore'
    const name = await openHeader(header, peerId, options.signer, options.digest)
    if (name === undefined) return 'reject'
    const before = seen.get(header.sender)?.get(header.round)
    if (before?.digest === name || before?.convicted || !allow(header.sender)) return 'ignore'
    note(header, bytes, name)
    if (!before && header.sender !== self) options.announced(header, name)
    release(header.round)
    return 'accept'
  }

  function allow(sender: PeerIndex): boolean {
    const limit = allowed.get(sender) ?? createRateLimit({ burst: 32, perSecond: 50 }, clock.now())
    allowed.set(sender, limit)
    return limit.allow(clock.now())
  }

  /** Remembers a header, or proves that its sender signed another one for the same round. */
  function note(header: UpdateHeader, bytes: Uint8Array, digest: string): Commitment {
    const rounds = seen.get(header.sender) ?? new Map<number, Commitment>()
    seen.set(header.sender, rounds)
    const before = rounds.get(header.round)
    if (before) {
      const accused = options.peerIds.get(header.sender)
      if (before.digest !== digest && !before.convicted && accused !== undefined) {
        before.convicted = true
        options.equivocated(header.sender, encodeEvidence(accused, before.bytes, bytes))
      }
      return before
    }
    const tooLate = own.get(header.round)?.revealed === true
    const fresh = { digest, bytes: bytes.slice(), tooLate, delivered: false, convicted: false }
    rounds.set(header.round, fresh)
    forgetOldest(rounds)
    return fresh
  }

  function committed(round: number): boolean {
    return options.neighbours.every((peer) => seen.get(peer)?.has(round))
  }

  function release(round: number): void {
    const held = own.get(round)
    if (held && !held.revealed && committed(round)) reveal(held)
  }

  function reveal(held: OwnRound): void {
    held.revealed = true
    held.cancelDeadline()
    for (const action of held.reveals.splice(0)) action()
  }

  function begin(round: number): OwnRound {
    if (mode === 'before-reveal') reportWithheld(round - 1)
    const fresh: OwnRound = { published: new Set(), reveals: [], revealed: false, cancelDeadline: () => {} }
    own.set(round, fresh)
    forgetOldest(own)
    if (mode === 'before-reveal') fresh.cancelDeadline = clock.schedule(options.deadlineMs, () => reveal(fresh))
    return fresh
  }

  function reportWithheld(round: number): void {
    for (const peer of options.neighbours) {
      const commitment = seen.get(peer)?.get(round)
      if (commitment && !commitment.tooLate && !commitment.delivered) options.withheld(peer)
    }
  }

  return {
    active,
    commit(update, revealPayload) {
      if (!active) return revealPayload()
      const { round } = update.header
      const mine = own.get(round) ?? begin(round)
      if (!mine.published.has(update.digest)) {
        mine.published.add(update.digest)
        // A peer with fast rounds may expect as many headers from each other peer.
        for (const limit of allowed.values()) limit.credit()
        topic?.publish(update.bytes)
      }
      if (mode !== 'before-reveal' || mine.revealed) return revealPayload()
      mine.reveals.push(revealPayload)
      release(round)
    },
    allows(header, bytes, digest) {
      if (mode === 'off') return true
      const before = seen.get(header.sender)?.get(header.round)
      if (before?.digest !== digest && !before?.convicted) topic?.publish(bytes)
      // A header that overtakes its own publication is a commitment, too, unless this peer has already revealed.
      const commitment = note(header, bytes, digest)
      release(header.round)
      return mode === 'evidence' || (commitment.digest === digest && !commitment.tooLate)
    },
    delivered(header) {
      const commitment = seen.get(header.sender)?.get(header.round)
      if (commitment) commitment.delivered = true
    },
    close() {
      for (const { cancelDeadline } of own.values()) cancelDeadline()
      if (active) topic?.close()
    },
  }
}

function forgetOldest(rounds: Map<number, unknown>): void {
  const oldest = rounds.keys().next()
  if (rounds.size > roundsKept && !oldest.done) rounds.delete(oldest.value)
}
