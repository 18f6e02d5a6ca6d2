import type { RunEvent } from '../events.ts'
import { encodeEventBatch, eventBatchLimit, eventsInBatch, eventsProtocol } from '../messages/event-batch.ts'
import type { Clock, Recorder } from '../ports.ts'
import { type ByteStream, frameBytes } from './byte-stream.ts'
import type { OverlayConnection } from './overlay-node.ts'

export interface EventStream extends Recorder {
  /** Sends what waits; resolves once it is handed to the network or the stream is lost. */
  flush(): Promise<void>
  close(): Promise<void>
}

const batchEveryMs = 200
/** Events that may wait for a slow coordinator; beyond that the oldest go. */
const mostWaiting = 4096

/**
 * What a run is computed again from leaves with the turn that it happened in, before the next update does: when a peer
 * dies, the log has all that led to what others have of it.
 */
const prompt: readonly RunEvent['type'][] = [
  'round-closed',
  'starved',
  'rounds-skipped',
  'attack-crafted',
  'attack-overtaken',
]

/** Reports to the coordinator in batches. Losing the stream loses events, and never stops the peer. */
export function createEventStream(connection: OverlayConnection, clock: Clock): EventStream {
  const waiting: RunEvent[] = []
  let stream: ByteStream | undefined
  let lost = false
  let sending: Promise<void> | undefined
  let cancelTimer: (() => void) | undefined

  const send = async (): Promise<void> => {
    // Events of one turn share a batch.
    await undefined
    try {
      if (waiting.length > 0) stream ??= await connection.newStream(eventsProtocol)
      while (waiting.length > 0) {
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
      // What came between the last look and the end.
      return waiting.length > 0 ? sendSoon() : undefined
    })
    return sending
  }
  const cancel = (): void => {
    cancelTimer?.()
    cancelTimer = undefined
  }

  return {
    record(event) {
      if (lost) return
      waiting.push(event)
      if (waiting.length > mostWaiting) waiting.shift()
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
      await sendSoon()
    },
    async close() {
      cancel()
      await stream?.close().catch(() => undefined)
    },
  }
}

/** One batch, or its halves where it is too large for a frame; an event too large by itself is left out. */
function batches(events: readonly RunEvent[]): Uint8Array[] {
  const bytes = encodeEventBatch(events)
  if (bytes.byteLength <= eventBatchLimit) return [bytes]
  if (events.length === 1) return []
  const half = events.length >> 1
  return [...batches(events.slice(0, half)), ...batches(events.slice(half))]
}
