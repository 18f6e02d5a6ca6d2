import type { Sealed } from './seal.ts'

/** Maximum number of queued answers to pulls on a stream. */
const answersQueued = 16
/** Maximum number of transfers of one update over a stream. A puller may ask again after a transfer was given up. */
const answersForUpdate = 4
const pullsRemembered = 4096

/** Queued answers to the pulls of a neighbour, bounded in number and per update. */
export interface Answers {
  /** Queues an update, unless it is queued or `underWay`. False if the neighbour must get an absence instead. */
  add(update: Sealed, underWay: Sealed | undefined): boolean
  take(): Sealed | undefined
}

export function createAnswers(): Answers {
  const queued: Sealed[] = []
  /** Number of pulls of each update, by digest. */
  const pulled = new Map<string, number>()

  /** Keeps only the newest counts: a peer hands on only the last two rounds of each sender. */
  function count(digest: string): void {
    pulled.set(digest, (pulled.get(digest) ?? 0) + 1)
    const oldest = pulled.keys().next()
    if (pulled.size > pullsRemembered && !oldest.done) pulled.delete(oldest.value)
  }

  return {
    add(update, underWay) {
      if (queued.length >= answersQueued || (pulled.get(update.digest) ?? 0) >= answersForUpdate) return false
      if (update === underWay || queued.includes(update)) return true
      count(update.digest)
      queued.push(update)
      return true
    },
    take: () => queued.shift(),
  }
}
