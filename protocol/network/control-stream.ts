import {
  type CoordinatorMessage,
  coordinatorMessageLimit,
  decodeCoordinatorMessage,
  decodePeerMessage,
  encodeCoordinatorMessage,
  encodePeerMessage,
  type PeerMessage,
  peerMessageLimit,
} from '../wire/control.ts'
import type { Decoded } from '../wire/decoded.ts'
import { type ByteStream, readFrames, writeFrames } from './byte-stream.ts'

/** One end of a stream of `/hearsay/join/1.0.0`. */
export interface ControlStream<Out, In> {
  /** Sends a message. Rejects if the stream has ended. */
  send(message: Out): Promise<void>
  /** Messages in order. Ends with the stream, or with the first message that does not decode, which resets it. */
  readonly messages: AsyncIterable<In>
  close(): Promise<void>
  abort(reason: string): void
}

/** The peer's end. */
export function peerControl(stream: ByteStream): ControlStream<PeerMessage, CoordinatorMessage> {
  return control(stream, encodePeerMessage, decodeCoordinatorMessage, coordinatorMessageLimit)
}

/** The coordinator's end. */
export function coordinatorControl(stream: ByteStream): ControlStream<CoordinatorMessage, PeerMessage> {
  return control(stream, encodeCoordinatorMessage, decodePeerMessage, peerMessageLimit)
}

function control<Out, In>(
  stream: ByteStream,
  encode: (message: Out) => Uint8Array,
  decode: (bytes: Uint8Array) => Decoded<In>,
  limit: number,
): ControlStream<Out, In> {
  let last = Promise.resolve()
  async function* messages(): AsyncGenerator<In> {
    for await (const bytes of readFrames(stream, { frame: limit, pending: 2 * limit })) {
      const decoded = decode(bytes)
      if (!decoded.ok) return stream.abort(new Error(`a control message is ${decoded.reason}`))
      yield decoded.value
    }
  }
  return {
    send(message) {
      // One after another: two writers on one stream would mix their frames.
      const sent = last.then(() => writeFrames(stream, [encode(message)]))
      last = sent.catch(() => {})
      return sent
    },
    messages: messages(),
    close: () => stream.close(),
    abort: (reason) => stream.abort(new Error(reason)),
  }
}
