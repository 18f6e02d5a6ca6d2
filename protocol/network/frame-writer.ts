import { encodeFrame, type Frame } from '../wire/frame.ts'
import { type ByteStream, frameBytes } from './byte-stream.ts'

/** Maximum number of waiting small frames; an honest link never has a dozen. */
const controlQueued = 64

/** Bytes sent and received over all streams of a peer, including the frames' lengths. */
export interface Traffic {
  bytesSent: number
  bytesReceived: number
}

/**
 * The one writer of a stream. Small frames go before the payload, so that heartbeats and acknowledgements never wait
 * for it.
 */
export interface FrameWriter {
  /** Whether it is writing frames or waiting for a full stream. */
  readonly busy: boolean
  /** Writes a small frame. */
  say(frame: Frame): void
  /** Asks for payload again. Call it when payload becomes available. */
  wake(): void
  close(): void
}

/** Asks `payload` for the next frame whenever no small frame waits. Calls `failed` if the stream accepts no more. */
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
    // In the same turn as the last check of the queues: a frame added later starts a new drain.
    busy = false
  }

  /** The next frame. None after `close`: a waiting update is for the next stream. */
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
