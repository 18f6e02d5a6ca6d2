import type { PeerIndex } from '#topology/graph.ts'
import { isFiniteVector } from '../peer/finite.ts'
import type { Clock, TransportEvents } from '../peer/ports.ts'
import { toHex } from '../record/hex.ts'
import type { RejectionReason, Update } from '../round/update.ts'
import type { Pull } from '../wire/pull.ts'
import type { UpdateHeader } from '../wire/update-header.ts'
import { type Admission, type Admitted, checkHeader, type Expected, refuse } from './admission.ts'
import type { Commitments } from './commitments.ts'
import type { Pulls } from './pulls.ts'
import type { RateLimit } from './rate-limit.ts'
import { payloadOf, type Sealed } from './seal.ts'
import type { UpdateStore } from './store.ts'

/** Takes everything that a neighbour sends over a link. It answers by return values and never calls the link. */
export interface Inbox {
  /** Checks an offered header, before any byte of the payload. */
  admit(header: Uint8Array): Promise<Admission>
  /** Checks a complete payload and gives the update to the peer. The link reads on only after this settles. */
  accept(admitted: Admitted, vector: Float32Array): Promise<void>
  /** The update that answers a pull of the neighbour; undefined if this peer does not hold it. */
  answerTo(pull: Pull): Sealed | undefined
  /** The neighbour does not hold this update, or its transfer was given up. */
  absent(round: number, sender: PeerIndex): void
  /** The stream has ended; pulls sent over it get no answer. */
  lost(): void
  rejected(reason: RejectionReason): void
  alive(): void
}

export interface InboxOptions {
  /** The neighbour or other colluder at the other end. */
  readonly remote: PeerIndex
  readonly channel: 'update' | 'collude'
  readonly expected: Expected
  /** The rate limit on offers of this neighbour. */
  readonly limit: RateLimit
  /** Updates of this channel, from all links. */
  readonly store: UpdateStore
  readonly pulls: Pulls
  readonly commitments: Commitments
  readonly clock: Clock
  readonly events: TransportEvents
}

/** Checks the headers and payloads of one link before an update reaches the peer. */
export function createInbox(options: InboxOptions): Inbox {
  const { remote, channel, expected, limit, store, pulls, commitments, clock, events } = options

  function reject({ round, sender }: UpdateHeader, reason: RejectionReason): void {
    pulls.failed(remote, round, sender)
    events.rejected(remote, reason)
  }

  return {
    async admit(bytes) {
      if (!limit.allow(clock.now())) return refuse('rate-limited')
      const admission = await checkHeader(bytes, expected)
      if (!admission.ok) return admission
      const { header, digest } = admission.admitted
      const pulled = channel === 'update' && pulls.expects(remote, header.round, header.sender, digest)
      if (header.sender !== remote && !pulled) return refuse('not-a-neighbour')
      if (channel === 'update' && !commitments.allows(header, bytes, digest)) return refuse('commitment-mismatch')
      const before = store.get(header.round, header.sender)
      if (before)
        return before.digest === digest ? { ok: false, reason: 'duplicate', known: true } : refuse('duplicate')
      if (pulled) pulls.begun(header.round, header.sender)
      return admission
    },
    async accept({ header, bytes, digest }, vector) {
      const payload = toHex(await expected.digest.sha256(payloadOf(vector)))
      if (payload !== header.payload) return reject(header, 'commitment-mismatch')
      if (!isFiniteVector(vector)) return reject(header, 'not-finite')
      // A second copy may have come over another link in the meantime.
      if (store.get(header.round, header.sender)) return reject(header, 'duplicate')
      store.put({ header, bytes, digest, vector })
      const update = toUpdate(header, vector)
      if (channel === 'collude') return events.colluded(update)
      pulls.got(header.round, header.sender)
      commitments.delivered(header)
      events.alive(remote)
      events.update(update)
    },
    answerTo(pull) {
      const update = channel === 'update' ? store.get(pull.round, pull.sender) : undefined
      return pull.digest === undefined || update?.digest === pull.digest ? update : undefined
    },
    absent: (round, sender) => pulls.failed(remote, round, sender),
    lost() {
      if (channel === 'update') pulls.lost(remote)
    },
    rejected: (reason) => events.rejected(remote, reason),
    alive: () => events.alive(remote),
  }
}

function toUpdate(header: UpdateHeader, vector: Float32Array): Update {
  const { round, sender, stateDigest } = header
  return { round, sender, vector, ...(stateDigest === undefined ? {} : { stateDigest }) }
}
