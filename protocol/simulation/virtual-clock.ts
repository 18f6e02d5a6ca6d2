import type { PeerIndex } from '#topology/graph.ts'
import type { Clock } from '../peer/ports.ts'
import { createHeap } from './heap.ts'

interface Entry {
  readonly atMs: number
  /**
   * Order of ends of real work within an instant; 0 for all other events, which come first. Work that begins at this
   * instant after other work has ended gets a later phase. So the work of many peers runs in parallel.
   */
  readonly phase: number
  readonly peer: PeerIndex
  readonly sequence: number
  readonly run: () => void | Promise<void>
  cancelled: boolean
}

export interface VirtualClock {
  /** The clock of one peer; ties between peers go to the lowest index. */
  of(peer: PeerIndex): Clock
  now(): number
  /**
   * Runs events in the order (time, phase, peer, sequence) until none is left or `stop` returns true. Calls `idle`
   * whenever an instant has no more events. `idle` resolves to true if it caused events at that instant.
   */
  run(stop?: () => boolean, idle?: () => Promise<boolean>): Promise<void>
}

/**
 * Virtual time. It advances only when no real work is pending before the next event, so the order in which workers
 * finish does not change a run. Events at the present instant wait in a queue for each peer; without delays, most
 * deliveries are among them. Later events and ends of work wait in a heap. O(log peers) per event of the present, O(log
 * events) per other event.
 */
export function createVirtualClock(): VirtualClock {
  const later = createHeap<Entry>(before)
  const present = createQueues()
  let now = 0
  let sequence = 0
  /** Phase of the latest end of work at this instant. */
  let phase = 0

  /** The next event that is not cancelled; it stays in the heap. */
  const nextLater = (): Entry | undefined => {
    for (let entry = later.least(); entry?.cancelled; entry = later.least()) later.pop()
    return later.least()
  }

  /** Moves to an instant, and its events, except ends of work, to the queues. */
  const advance = (atMs: number): void => {
    now = atMs
    phase = 0
    for (let entry = later.least(); entry?.atMs === now && entry.phase === 0; entry = later.least()) {
      present.push(entry)
      later.pop()
    }
  }

  return {
    now: () => now,
    of: (peer) => ({
      now: () => now,
      schedule(afterMs, action) {
        const atMs = now + Math.max(0, afterMs)
        const entry: Entry = { atMs, phase: 0, peer, sequence: sequence++, run: action, cancelled: false }
        if (atMs === now) present.push(entry)
        else later.push(entry)
        return () => {
          entry.cancelled = true
        }
      },
      settle(work, durationMs, then) {
        // A failure surfaces in its turn, not earlier as an unhandled rejection.
        work.catch(() => undefined)
        later.push({
          atMs: now + Math.max(0, durationMs),
          phase: durationMs > 0 ? 1 : phase + 1,
          peer,
          sequence: sequence++,
          run: async () => then(await work),
          cancelled: false,
        })
      },
    }),
    async run(stop = () => false, idle) {
      while (!stop()) {
        const current = present.shift()
        if (current) {
          const pending = current.cancelled ? undefined : current.run()
          if (pending) await pending
          continue
        }
        const next = nextLater()
        if (idle && (next === undefined || next.atMs > now) && (await idle())) continue
        if (next === undefined) return
        if (next.atMs > now) {
          advance(next.atMs)
          continue
        }
        later.pop()
        phase = Math.max(phase, next.phase)
        const pending = next.run()
        if (pending) await pending
      }
    },
  }
}

interface Queue {
  readonly peer: PeerIndex
  readonly entries: Entry[]
  /** Index of the first entry that is still queued. */
  first: number
}

/** A queue for each peer. `shift` removes the oldest entry of the lowest peer with an entry. */
function createQueues() {
  const queues: (Queue | undefined)[] = []
  /** The queues that are not empty. */
  const filled = createHeap<Queue>((a, b) => a.peer < b.peer)
  return {
    push(entry: Entry): void {
      const { peer } = entry
      const queue = queues[peer] ?? { peer, entries: [], first: 0 }
      queues[peer] = queue
      if (queue.entries.length === 0) filled.push(queue)
      queue.entries.push(entry)
    },
    shift(): Entry | undefined {
      const queue = filled.least()
      if (!queue) return undefined
      const entry = queue.entries[queue.first++]
      if (queue.first === queue.entries.length) {
        queue.entries.length = 0
        queue.first = 0
        filled.pop()
      }
      return entry
    },
  }
}

function before(a: Entry, b: Entry): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs
  if (a.phase !== b.phase) return a.phase < b.phase
  if (a.peer !== b.peer) return a.peer < b.peer
  return a.sequence < b.sequence
}
