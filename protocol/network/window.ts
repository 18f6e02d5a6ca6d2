import { chunkBytes } from '../wire/chunk.ts'

/** The receiver acknowledges whenever this many bytes have come since the last time. */
export const acknowledgeEvery = 64 * 1024
/**
 * Bytes on their way at most. WebRTC streams have no back-pressure of their own: many transfers at once without a
 * window collapse (measured: 4 MB both ways in a ring of 8 tabs, 25 s without, 5 s with).
 */
export const windowBytes = 256 * 1024

export interface WindowSender {
  /** The next chunk, a view of the payload, or undefined while the window is full or all is sent. */
  next(): Uint8Array | undefined
  /** Takes an acknowledgement; false when it claims bytes that were not sent or takes some back. */
  acknowledge(offset: number): boolean
  /** All of the payload is acknowledged. */
  done(): boolean
}

/** The sending half of a windowed transfer, without a stream or a clock. */
export function createWindowSender(payload: Uint8Array): WindowSender {
  let sent = 0
  let acknowledged = 0
  return {
    next() {
      const end = Math.min(sent + chunkBytes, payload.byteLength)
      if (end === sent || end - acknowledged > windowBytes) return undefined
      const chunk = payload.subarray(sent, end)
      sent = end
      return chunk
    },
    acknowledge(offset) {
      if (offset < acknowledged || offset > sent) return false
      acknowledged = offset
      return true
    },
    done: () => acknowledged === payload.byteLength,
  }
}

export interface WindowReceiver {
  /** Copies a chunk to its place; false when it does not fit, which only a hostile sender's does not. */
  accept(chunk: Uint8Array): boolean
  /** The offset to acknowledge, when one is due. */
  acknowledgement(): number | undefined
  done(): boolean
}

/** The receiving half: fills a buffer that was allocated for exactly the payload announced and checked. */
export function createWindowReceiver(into: Uint8Array): WindowReceiver {
  let received = 0
  let acknowledged = 0
  return {
    accept(chunk) {
      if (received + chunk.byteLength > into.byteLength) return false
      into.set(chunk, received)
      received += chunk.byteLength
      return true
    },
    acknowledgement() {
      if (received === acknowledged) return undefined
      if (received - acknowledged < acknowledgeEvery && received < into.byteLength) return undefined
      acknowledged = received
      return received
    },
    done: () => received === into.byteLength,
  }
}
