import { encodeFrame, type Frame } from '../wire/frame.ts'
import { type ByteStream, frameBytes } from './byte-stream.ts'

/** Small frames that may wait; an honest link never holds a dozen. */
const controlQueued = 64

/** Bytes that all streams of a peer moved, frames and their lengths included. */
export interface Traffic {
  bytesSent: number
  bytesReceived: number
}

/**
 * The one writer of a stream. Small frames go before the payload, so that heartbeats and acknowledgements never wait
 * for it.
 */
export interface FrameWriter {
  /** Whether frames are being written, or wait for a stream that is full. */
  readonly busy: boolean
  /** Writes a small frame. */
  say(frame: Frame): void
  /** Asks for payload again after there was none. */
  wake(): void
  close(): void
}

/** `payload` is asked for each next frame that is not small. `failed` is called where the stream takes no more. */
export function createFrameWriter(
  stream: ByteStream,
  payload: () => Frame | undefined,
  traffic: Traffic,
  failed: (error: Error) => void,
): FrameWriter {
  const control: Frame[] = []
  let busy = false
  let over = false

  function wake(): void {
    if (busy || over) return
    busy = true
    drain().catch(failed)
  }

  async function drain(): Promise<void> {
    for (let frame = next(); frame; frame = next()) {
      const bytes = frameBytes(encodeFrame(frame))
      traffic.bytesSent += bytes.byteLength
      if (!stream.send(bytes)) await stream.onDrain()
    }
    // In the same turn as the last look at the queues: a frame that is added later starts anew.
    busy = false
  }

  /** Nothing once the stream is over: an update that waits is for the next stream. */
  function next(): Frame | undefined {
    return over ? undefined : (control.shift() ?? payload())
  }

  return {
    get busy() {
      return busy
    },
    say(frame) {
      if (over) return
      if (control.length >= controlQueued) return failed(new Error('the other end does not read'))
      control.push(frame)
      wake()
    },
    wake,
    close() {
      over = true
    },
  }
}
