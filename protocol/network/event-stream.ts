import type { Clock, Recorder } from '../peer/ports.ts'
import type { RunEvent } from '../record/events.ts'
import { encodeEventBatch, eventBatchLimit, eventsInBatch, eventsProtocol } from '../wire/event-batch.ts'
import { type ByteStream, frameBytes } from './byte-stream.ts'
import type { OverlayConnection } from './overlay-node.ts'

export interface EventStream extends Recorder {
  /** Sends what waits; resolves once it is handed to the network, the stream is lost, or nobody reads for too long. */
  flush(): Promise<void>
  close(): Promise<void>
}

const batchEveryMs = 200
/** A batch leaves at least this often, an empty one where nothing happened: whoever says nothing any more is gone. */
const signOfLifeMs = 5000
/** How long a coordinator that does not read holds up the end of a peer. */
const flushMs = 10_000
/** Events that may wait for a slow coordinator; beyond that the oldest go. */
const maxWaiting = 4096

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
      // What came between the last look and the end.
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

/** One batch, or its halves where it is too large for a frame; an event too large by itself is left out. */
function batches(events: readonly RunEvent[]): Uint8Array[] {
  const bytes = encodeEventBatch(events)
  if (bytes.byteLength <= eventBatchLimit) return [bytes]
  if (events.length === 1) return []
  const half = events.length >> 1
  return [...batches(events.slice(0, half)), ...batches(events.slice(half))]
}
