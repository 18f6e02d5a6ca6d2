import type { Clock, PeerIndex } from './ports.ts'

interface Entry {
  readonly atMs: number
  /**
   * Ends of real work come after everything else of the same instant, and ends of work that began after other work
   * ended at this instant after those: so work of many peers runs side by side. 0 for all but real work.
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
   * Runs events in order (time, phase, peer, sequence) until none is left or `stop` says so. `idle` is called whenever
   * nothing is left to do at an instant; it resolves to true if it made something happen at it.
   */
  run(stop?: () => boolean, idle?: () => Promise<boolean>): Promise<void>
}

/**
 * Virtual time: it advances only when no real work is pending before the next event, so a run is the same
 * whatever the order in which workers finish. Binary heap, O(log events) an event.
 */
export function createVirtualClock(): VirtualClock {
  const heap: Entry[] = []
  let now = 0
  let sequence = 0
  /** Phase of the last end of work at this instant. */
  let phase = 0

  const push = (entry: Entry): void => {
    heap.push(entry)
    let at = heap.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(heap[at] as Entry, heap[parent] as Entry)) break
      swap(heap, at, parent)
      at = parent
    }
  }

  const pop = (): Entry | undefined => {
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    heap[0] = last
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      let least = at
      if (left < heap.length && before(heap[left] as Entry, heap[least] as Entry)) least = left
      if (right < heap.length && before(heap[right] as Entry, heap[least] as Entry)) least = right
      if (least === at) return top
      swap(heap, at, least)
      at = least
    }
  }

  return {
    now: () => now,
    of: (peer) => ({
      now: () => now,
      schedule(afterMs, action) {
        const entry: Entry = {
          atMs: now + Math.max(0, afterMs),
          phase: 0,
          peer,
          sequence: sequence++,
          run: action,
          cancelled: false,
        }
        push(entry)
        return () => {
          entry.cancelled = true
        }
      },
      settle(work, durationMs, then) {
        // A failure surfaces when its turn comes, not as an unhandled rejection before.
        work.catch(() => undefined)
        push({
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
        const first = heap[0]
        if (first?.cancelled) {
          pop()
          continue
        }
        if (idle && (first === undefined || first.atMs > now) && (await idle())) continue
        const entry = pop()
        if (entry === undefined) return
        if (entry.atMs > now) phase = 0
        now = entry.atMs
        phase = Math.max(phase, entry.phase)
        const pending = entry.run()
        if (pending) await pending
      }
    },
  }
}

function before(a: Entry, b: Entry): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs
  if (a.phase !== b.phase) return a.phase < b.phase
  if (a.peer !== b.peer) return a.peer < b.peer
  return a.sequence < b.sequence
}

function swap(heap: Entry[], i: number, j: number): void {
  const entry = heap[i] as Entry
  heap[i] = heap[j] as Entry
  heap[j] = entry
}
