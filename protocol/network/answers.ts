import type { Sealed } from './seal.ts'

/** Answers to pulls that may wait on a stream. */
const answersQueued = 16
/** How often one update is handed over a stream to a peer that pulls it: transfers that were given up are tried again. */
const answersForUpdate = 4
const pullsRemembered = 4096

/** Answers to the pulls of a neighbour that wait on a stream, with a bound on each. */
export interface Answers {
  /** False where the neighbour is to be told of an absence. An update that waits or is `underWay` is not added again. */
  add(update: Sealed, underWay: Sealed | undefined): boolean
  take(): Sealed | undefined
}

export function createAnswers(): Answers {
  const queued: Sealed[] = []
  /** How often each update was pulled, by digest. */
  const pulled = new Map<string, number>()

  /** The newest are remembered: updates older than two rounds of a sender are handed to nobody. */
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
