import type { Sealed } from './seal.ts'

/**
 * Own updates that may wait: this round's behind the last one, whose final acknowledgement is still on its way. In
 * lockstep none is ever given up.
 */
const ownQueued = 2

/** The peer's own updates that wait for a neighbour, the two newest; it outlives the streams that carry them. */
export interface Outbox {
  /** Adds the newest; the oldest gives way. */
  put(update: Sealed): void
  /** The oldest that waits. */
  take(): Sealed | undefined
  /** Takes back an update whose transfer broke off, as the oldest; it is given up where two newer ones wait. */
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
