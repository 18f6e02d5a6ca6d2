import type { PeerIndex } from '#topology/graph.ts'
import type { ByteStream } from './byte-stream.ts'
import { createOutbox } from './outbox.ts'
import type { Sealed } from './seal.ts'
import { createStreamSession, type StreamSession, type StreamSessionOptions } from './stream-session.ts'

/** One neighbour, over one stream after another. */
export interface Link {
  /** Whether there is a stream. */
  readonly open: boolean
  /** Takes a new stream in place of the old one; `lost` is called when it ends, unless it is replaced or closed. */
  attach(stream: ByteStream, lost: () => void): void
  /** Sends the peer's own update; of those that still wait the two newest stay, one in flight is not cut short. */
  offer(update: Sealed): void
  /** Asks for an update; false while there is no stream to ask over. */
  pull(round: number, sender: PeerIndex, digest: string | undefined): boolean
  heartbeat(): void
  close(): void
}

/** Own updates wait here while no stream carries them; all that comes goes to the inbox. */
export function createLink(options: Omit<StreamSessionOptions, 'outbox'>): Link {
  const outbox = createOutbox()
  let session: StreamSession | undefined
  return {
    get open() {
      return session !== undefined
    },
    attach(stream, lost) {
      const previous = session
      const next = createStreamSession(stream, { ...options, outbox }, () => {
        session = undefined
        options.inbox.lost()
        lost()
      })
      session = next
      previous?.end(new Error('replaced by a newer stream'))
      next.start()
    },
    offer(update) {
      outbox.put(update)
      session?.wake()
    },
    pull(round, sender, digest) {
      if (!session) return false
      session.say({ type: 'pull', round, sender, ...(digest === undefined ? {} : { digest }) })
      return true
    },
    heartbeat: () => session?.say({ type: 'heartbeat' }),
    close() {
      const last = session
      session = undefined
      last?.end(new Error('closed'))
      outbox.clear()
    },
  }
}
