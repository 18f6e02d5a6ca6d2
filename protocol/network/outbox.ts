import type { Sealed } from './seal.ts'

/**
 * Maximum number of waiting updates: that of this round, and that of the last round while its final acknowledgement is
 * on the way. In lockstep no update is ever given up.
 */
const ownQueued = 2

/** The two newest of the peer's own updates that wait for a neighbour. It outlives the streams of the link. */
export interface Outbox {
  /** Adds the newest update; drops the oldest if there are more than two. */
  put(update: Sealed): void
  /** Removes the oldest update and returns it. */
  take(): Sealed | undefined
  /** Puts an update back as the oldest after its transfer broke off; drops it if two newer ones wait. */
  putBack(update: Sealed): void
  clear(): void
}

export function createOutbox(): Outbox {
  const queued: Sealed[] = []
  return {
    put(update) {
      queued.push(update)
      if (queued.length > ownQueued) queued.shift()
    },
    take: () => queued.shift(),
    putBack(update) {
      if (queued.length < ownQueued) queued.unshift(update)
    },
    clear() {
      queued.length = 0
    },
  }
}
