import { chunkBytes } from '../wire/chunk.ts'

/** Bytes received between two acknowledgements. */
export const acknowledgeEvery = 64 * 1024
/**
 * Maximum bytes on their way. WebRTC streams have no back-pressure: without a window, many parallel transfers collapse
 * (measured with 4 MB both ways in a ring of 8 tabs: 25 s without a window, 5 s with it).
 */
export const windowBytes = 256 * 1024

export interface WindowSender {
  /** The next chunk, a view of the payload; undefined while the window is full, and after the last chunk. */
  next(): Uint8Array | undefined
  /** Takes an acknowledgement. False if it exceeds the sent bytes or is lower than the last one. */
  acknowledge(offset: number): boolean
  /** Whether all of the payload is acknowledged. */
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
  /** Copies a chunk to its place. False if it does not fit, which happens only with a Byzantine sender. */
  accept(chunk: Uint8Array): boolean
  /** The offset to acknowledge, when one is due. */
  acknowledgement(): number | undefined
  done(): boolean
}

/** The receiving half of a windowed transfer. It fills the buffer `into`, of the payload's exact size. */
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
