import type { LoggedEvent } from './events.ts'
import { toHex } from './hex.ts'
import type { Digest } from './vector-digest.ts'

/** Digest of one peer's parameters after a round, hex. */
export interface TranscriptEntry {
  readonly round: number
  readonly peer: number
  readonly digest: string
}

/** Collects the digests of all peers' parameters at evaluation rounds and at the end. */
export interface Transcript {
  record(event: LoggedEvent): void
  /** A copy of the entries so far, in the order of the events. */
  entries(): readonly TranscriptEntry[]
  /** SHA-256 (hex) of the lines `round peer digest`, sorted by round and peer, each with a line feed. */
  hash(digest: Digest): Promise<string>
}

/**
 * Creates a transcript. Two runs with equal transcript hashes have bit-equal parameters at every peer in every
 * evaluated round. `before` are the earlier entries of a resumed run.
 */
export function createTranscript(before: readonly TranscriptEntry[] = []): Transcript {
  const entries: TranscriptEntry[] = [...before]
  return {
    record(event) {
      if (event.type === 'evaluated') entries.push({ round: event.round, peer: event.peer, digest: event.digest })
    },
    entries: () => [...entries],
    async hash(digest) {
      const lines = entries
        .toSorted((a, b) => a.round - b.round || a.peer - b.peer)
        .map(({ round, peer, digest: parameters }) => `${round} ${peer} ${parameters}\n`)
      const sha256 = await digest.sha256(new TextEncoder().encode(lines.join('')))
      return toHex(sha256)
    },
  }
}
