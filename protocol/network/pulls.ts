import type { PeerIndex } from '#topology/graph.ts'
import type { Clock } from '../peer/ports.ts'

/** How long a peer may take to begin its answer before the next one is asked, milliseconds. */
const patienceMs = 2000
/** Updates that may be asked for at once; the oldest gives way. */
const outstanding = 4096

interface Wanted {
  readonly round: number
  readonly sender: PeerIndex
  digest: string | undefined
  /** Whom to ask next. */
  readonly candidates: PeerIndex[]
  /** Who is being asked. */
  asked: PeerIndex | undefined
  cancelPatience: () => void
}

export interface Pulls {
  /** Wants an update from one of the candidates, in turn; more candidates may be added by a further call. */
  want(round: number, sender: PeerIndex, candidates: readonly PeerIndex[], digest?: string): void
  /** Whether this update was asked of this peer: only then may it hand over what another peer signed. */
  expects(from: PeerIndex, round: number, sender: PeerIndex, digest: string): boolean
  /** The answer has begun. */
  begun(round: number, sender: PeerIndex): void
  /** It is here, from whomever. */
  got(round: number, sender: PeerIndex): void
  /** `from` does not hold it or gave up. */
  failed(from: PeerIndex, round: number, sender: PeerIndex): void
  /** The link to `from` is gone. */
  lost(from: PeerIndex): void
  close(): void
}

/**
 * Pulls each wanted update once: one peer at a time is asked, the next only when that one cannot answer. `ask` is false
 * where a peer cannot be asked at all.
 */
export function createPulls(
  clock: Clock,
  ask: (from: PeerIndex, round: number, sender: PeerIndex, digest: string | undefined) => boolean,
): Pulls {
  const wanted = new Map<string, Wanted>()
  const key = (round: number, sender: PeerIndex): string => `${round}/${sender}`

  function forget(round: number, sender: PeerIndex): void {
    wanted.get(key(round, sender))?.cancelPatience()
    wanted.delete(key(round, sender))
  }

  function askNext(entry: Wanted): void {
    entry.cancelPatience()
    entry.asked = entry.candidates.shift()
    if (entry.asked === undefined) return forget(entry.round, entry.sender)
    entry.cancelPatience = clock.schedule(patienceMs, () => askNext(entry))
    if (!ask(entry.asked, entry.round, entry.sender, entry.digest)) askNext(entry)
  }

  return {
    want(round, sender, candidates, digest) {
      const known = wanted.get(key(round, sender))
      if (known) {
        known.digest ??= digest
        const fresh = candidates.filter((peer) => peer !== known.asked && !known.candidates.includes(peer))
        known.candidates.push(...fresh)
        return
      }
      const oldest = wanted.values().next()
      if (wanted.size >= outstanding && !oldest.done) forget(oldest.value.round, oldest.value.sender)
      const entry = { round, sender, digest, candidates: [...candidates], asked: undefined, cancelPatience: () => {} }
      wanted.set(key(round, sender), entry)
      askNext(entry)
    },
    expects(from, round, sender, digest) {
      const entry = wanted.get(key(round, sender))
      return entry?.asked === from && (entry.digest === undefined || entry.digest === digest)
    },
    begun(round, sender) {
      wanted.get(key(round, sender))?.cancelPatience()
    },
    got: forget,
    failed(from, round, sender) {
      const entry = wanted.get(key(round, sender))
      if (entry?.asked === from) askNext(entry)
    },
    lost(from) {
      for (const entry of [...wanted.values()]) if (entry.asked === from) askNext(entry)
    },
    close() {
      for (const { round, sender } of [...wanted.values()]) forget(round, sender)
    },
  }
}
