import type { PeerIndex } from '#topology/graph.ts'
import type { ByteStream } from './byte-stream.ts'
import { createOutbox } from './outbox.ts'
import type { Sealed } from './seal.ts'
import { createStreamSession, type StreamSession, type StreamSessionOptions } from './stream-session.ts'

/** The link to one neighbour. One stream after another carries it. */
export interface Link {
  /** Whether the link has a stream. */
  readonly open: boolean
  /** Replaces the stream by a new one. Calls `lost` when that ends, unless it was replaced or the link was closed. */
  attach(stream: ByteStream, lost: () => void): void
  /** Sends the peer's own update. Of waiting updates only the two newest stay; one in flight continues. */
  offer(update: Sealed): void
  /** Asks for an update. False while the link has no stream. */
  pull(round: number, sender: PeerIndex, digest: string | undefined): boolean
  heartbeat(): void
  close(): void
}

/** Creates a link. The peer's own updates wait in its outbox; everything that arrives goes to the inbox. */
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
