import { type ByteStream, frameBytes } from '#protocol/network/byte-stream.ts'
import { type CoordinatorMessage, encodeCoordinatorMessage } from '#protocol/wire/control.ts'
import type { Testimony } from './testimony.ts'

/** A taken seat, as its coordinator knows it. */
export interface Seat {
  readonly index: number
  readonly peerId: string
  readonly kind: 'tab' | 'process'
  readonly addresses: readonly string[]
  readonly stream: ByteStream
  readonly testimony: Testimony
  engine: string
  ready: boolean
  stopped: boolean
  /** Why it is gone, in the best words so far: its process or tab says more than the end of its connection. */
  farewell?: string
  /** When it was last heard of. */
  heardMs: number
  /** Whether it may lose its seat before the start: launched peers may not. */
  readonly guest: boolean
  readonly arrival: number
  /** Messages that it may send. */
  allowance: number
  /** Questions how far it is that it has not answered since it last did, and the edges that it lacked then. */
  unanswered: number
  missing?: readonly number[]
  batchSeed?: number
}

/** Messages that a peer may send: hello, ready or failed-edges, leave; and an answer to each question. */
export const mostMessages = 8
/** A peer whose control stream ends has this long to have its last events arrive. */
export const farewellMs = 1500

/** Sends a message to the peer of a seat, if it is still there. */
export function tell(seat: Seat, message: CoordinatorMessage): void {
  try {
    seat.stream.send(frameBytes(encodeCoordinatorMessage(message)))
  } catch {
    // The peer is gone; the end of its stream tells.
  }
}
