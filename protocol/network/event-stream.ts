import type { Clock, Recorder } from '../peer/ports.ts'
import type { RunEvent } from '../record/events.ts'
import { encodeEventBatch, eventBatchLimit, eventsInBatch, eventsProtocol } from '../wire/event-batch.ts'
import { type ByteStream, frameBytes } from './byte-stream.ts'
import type { OverlayConnection } from './overlay-node.ts'

export interface EventStream extends Recorder {
  /** Sends all waiting events. Resolves when the network has them, the stream is lost, or after `flushMs`. */
  flush(): Promise<void>
  close(): Promise<void>
}

const batchEveryMs = 200
/**
 * Maximum time between two batches; without events an empty batch leaves. The coordinator takes a silent peer for gone.
 */
const signOfLifeMs = 5000
/** Maximum time that a coordinator that does not read can delay the end of a peer. */
const flushMs = 10_000
/** Maximum number of events that wait for a slow coordinator; beyond it the oldest are dropped. */
const maxWaiting = 4096

/**
 * Events that a replay needs. They leave in the turn in which they happen, before the next update. So if a peer dies,
 * the log explains every update that others have from it.
 */
const prompt: readonly RunEvent['type'][] = [
  'round-closed',
  'starved',
  'rounds-skipped',
  'attack-crafted',
  'attack-overtaken',
]

/** Sends events to the coordinator in batches. A lost stream loses events, but never stops the peer. */
export function createEventStream(connection: OverlayConnection, clock: Clock): EventStream {
  const waiting: RunEvent[] = []
  let stream: ByteStream | undefined
  let lost = false
  let sending: Promise<void> | undefined
  let cancelTimer: (() => void) | undefined
  /** Whether an empty batch is due. */
  let silent = false

  const send = async (): Promise<void> => {
    // Events of one turn share a batch.
    await undefined
    try {
      if (waiting.length > 0 || silent) stream ??= await connection.newStream(eventsProtocol)
      while (waiting.length > 0 || silent) {
        silent = false
        for (const batch of batches(waiting.splice(0, eventsInBatch)))
          if (stream && !stream.send(frameBytes(batch))) await stream.onDrain()
      }
    } catch {
      lost = true
      waiting.length = 0
    }
  }
  const sendSoon = (): Promise<void> => {
    if (sending) return sending
    sending = send().then(() => {
      sending = undefined
      // Events that came after the last check.
      return waiting.length > 0 ? sendSoon() : undefined
    })
    return sending
  }
  const live = (): void => {
    cancelLife = clock.schedule(signOfLifeMs, live)
    if (lost) return
    silent = true
    void sendSoon()
  }
  let cancelLife = clock.schedule(signOfLifeMs, live)
  const cancel = (): void => {
    cancelTimer?.()
    cancelTimer = undefined
  }

  return {
    record(event) {
      if (lost) return
      waiting.push(event)
      if (waiting.length > maxWaiting) waiting.shift()
      if (prompt.includes(event.type)) {
        cancel()
        void sendSoon()
        return
      }
      cancelTimer ??= clock.schedule(batchEveryMs, () => {
        cancelTimer = undefined
        void sendSoon()
      })
    },
    async flush() {
      cancel()
      await new Promise<void>((resolve) => {
        const giveUp = clock.schedule(flushMs, resolve)
        void sendSoon().then(() => {
          giveUp()
          resolve()
        })
      })
    },
    async close() {
      cancel()
      cancelLife()
      await stream?.close().catch(() => undefined)
    },
  }
}

/** One batch, or its halves if it is too large for a frame. Leaves out a single event that is too large. */
function batches(events: readonly RunEvent[]): Uint8Array[] {
  const bytes = encodeEventBatch(events)
  if (bytes.byteLength <= eventBatchLimit) return [bytes]
  if (events.length === 1) return []
  const half = events.length >> 1
  return [...batches(events.slice(0, half)), ...batches(events.slice(half))]
}
