import type { PeerIndex } from '#topology/graph.ts'
import type { Clock } from '../peer/ports.ts'

/** Milliseconds that a peer may take to begin its answer before the next one is asked. */
const patienceMs = 2000
/** Maximum number of wanted updates; beyond it the oldest is dropped. */
const outstanding = 4096

interface Wanted {
  readonly round: number
  readonly sender: PeerIndex
  digest: string | undefined
  /** Peers to ask next, in order. */
  readonly candidates: PeerIndex[]
  /** The peer that was asked last. */
  asked: PeerIndex | undefined
  cancelPatience: () => void
}

export interface Pulls {
  /** Asks the candidates for an update, one after the other. A further call may add candidates. */
  want(round: number, sender: PeerIndex, candidates: readonly PeerIndex[], digest?: string): void
  /** Whether this peer was asked for this update. Only then may it send an update that another peer signed. */
  expects(from: PeerIndex, round: number, sender: PeerIndex, digest: string): boolean
  /** The answer has begun. */
  begun(round: number, sender: PeerIndex): void
  /** The update is here, from any peer. */
  got(round: number, sender: PeerIndex): void
  /** `from` does not hold the update, or its transfer failed. */
  failed(from: PeerIndex, round: number, sender: PeerIndex): void
  /** The link to `from` is gone. */
  lost(from: PeerIndex): void
  close(): void
}

/**
 * Pulls each wanted update once. It asks one peer at a time, and the next only if that one does not answer. `ask`
 * returns false if a peer cannot be asked.
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
