import { decode, encode } from 'it-length-prefixed'
import { pipe } from 'it-pipe'

/** Bytes in several pieces, the form in which libp2p delivers them. */
export interface ByteList extends Iterable<Uint8Array> {
  readonly byteLength: number
  subarray(): Uint8Array
}

/**
 * The interface of a stream. A libp2p 3 stream fits it, and so does a pair in memory. A stream keeps bytes that arrive
 * before the first `message` listener.
 */
export interface ByteStream {
  /** Queues bytes. False asks the caller to wait for `onDrain` before sending more. Throws after a close. */
  send(bytes: Uint8Array): boolean
  onDrain(): Promise<void>
  /** Ends sending, after all queued bytes. */
  close(): Promise<void>
  /** Ends both directions at once; the other end sees a reset. */
  abort(error: Error): void
  addEventListener(type: 'message', listener: (event: { readonly data: Uint8Array | ByteList }) => void): void
  addEventListener(type: 'close' | 'remoteCloseWrite', listener: () => void): void
}

export interface FrameLimits {
  /** Largest frame, bytes; a longer one ends the stream before its bytes are read. */
  readonly frame: number
  /** Maximum unread bytes. A sender that ignores the window and exceeds it ends its stream. */
  readonly pending: number
  /** Called when the other end exceeds a limit. */
  readonly breached?: () => void
}

/** Frames, each a view of the receiver's memory. Copy a frame to keep it. */
export type FrameSource = AsyncIterable<Uint8Array>

/**
 * Yields the frames of a stream. An unsigned varint before each frame gives its length. Ends with the stream, or with
 * the first breach of the limits, which resets the stream.
 */
export async function* readFrames(stream: ByteStream, limits: FrameLimits): FrameSource {
  let breached = false
  const breach = (): void => {
    breached = true
    limits.breached?.()
    stream.abort(new Error('the other end breached the limits of this protocol'))
  }
  try {
    yield* pipe(
      receive(stream, limits.pending, breach),
      (source) => decode(source, { maxDataLength: limits.frame, maxLengthLength: 4 }),
      async function* (lists: AsyncIterable<ByteList>) {
        for await (const list of lists) yield list.subarray()
      },
    )
  } catch (error) {
    // The decoder throws for a frame that is too long, and for one that the end of the stream cuts short.
    if (breached) return
    if (!(error instanceof Error && error.name === 'UnexpectedEOFError')) limits.breached?.()
    stream.abort(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Sends each frame after its length, and waits whenever the stream is full. */
export async function writeFrames(stream: ByteStream, frames: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
  await pipe(
    frames,
    (source) => encode(source),
    async (source: AsyncIterable<Uint8Array>) => {
      for await (const bytes of source) if (!stream.send(bytes)) await stream.onDrain()
    },
  )
}

/** One frame after its length. */
export function frameBytes(frame: Uint8Array): Uint8Array {
  return encode.single(frame).subarray()
}

/** Bytes counted for each queued piece besides its content, so that a flood of tiny pieces stays bounded. */
const pieceBytes = 128

/** The arriving bytes, with a bound on unread bytes. The iterator of libp2p buffers without a bound. */
async function* receive(stream: ByteStream, pendingLimit: number, breach: () => void): AsyncGenerator<Uint8Array> {
  const queue: Uint8Array[] = []
  let pending = 0
  let ended = false
  let wake = (): void => {}
  const end = (): void => {
    ended = true
    wake()
  }
  stream.addEventListener('close', end)
  stream.addEventListener('remoteCloseWrite', end)
  stream.addEventListener('message', ({ data }) => {
    if (ended) return
    const pieces = data instanceof Uint8Array ? [data] : [...data]
    pending += data.byteLength + pieceBytes * pieces.length
    if (pending > pendingLimit) {
      queue.length = 0
      end()
      breach()
      return
    }
    queue.push(...pieces)
    wake()
  })
  for (;;) {
    const bytes = queue.shift()
    if (bytes) {
      pending -= bytes.byteLength + pieceBytes
      yield bytes
    } else if (ended) return
    else
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
}
