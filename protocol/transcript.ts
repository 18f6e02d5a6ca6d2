import type { LoggedEvent } from './events.ts'
import { toHex } from './messages/hex.ts'
import type { Digest } from './ports.ts'

/** Collects the digests of all peers' parameters at evaluation rounds and at the end. */
export interface Transcript {
  record(event: LoggedEvent): void
  /** SHA-256 (hex) of the lines `round peer digest`, in that order, one a line feed. */
  hash(digest: Digest): Promise<string>
}

/** Two runs with equal transcript hashes had bit-equal parameters at every peer in every evaluated round. */
export function createTranscript(): Transcript {
  const entries: { readonly round: number; readonly peer: number; readonly digest: string }[] = []
  return {
    record(event) {
      if (event.type === 'evaluated') entries.push({ round: event.round, peer: event.peer, digest: event.digest })
    },
    async hash(digest) {
      const lines = entries
        .toSorted((a, b) => a.round - b.round || a.peer - b.peer)
        .map(({ round, peer, digest: parameters }) => `${round} ${peer} ${parameters}\n`)
      const sha256 = await digest.sha256(new TextEncoder().encode(lines.join('')))
      return toHex(sha256)
    },
  }
}
