import { type ByteStream, readFrames } from '#protocol/network/byte-stream.ts'
import type { OverlayNode } from '#protocol/network/overlay-node.ts'
import type { RunEvent } from '#protocol/record/events.ts'
import { decodePeerMessage, joinProtocol, type PeerMessage, peerMessageLimit } from '#protocol/wire/control.ts'
import { decodeEventBatch, eventBatchLimit, eventsProtocol } from '#protocol/wire/event-batch.ts'
import { maxMessages, type Seat } from './seats.ts'

/** Streams that one connection may have open to the coordinator. */
const limits = { maxInboundStreams: 4, maxOutboundStreams: 4 }
/** How long a connection may take to say hello: its node asks the relay for a seat first. */
const helloMs = 120_000

/** Who listens to what peers say on their control streams. */
export interface JoinListener {
  /** Takes a message of the peer in that seat, if it has one; returns the seat that it has then. */
  hear(message: PeerMessage, stream: ByteStream, remote: string, seat: Seat | undefined): Seat | undefined
  isSeated(seat: Seat): boolean
  /** It said what is no message of this protocol, or too much. */
  onProtocolViolation(seat: Seat | undefined): void
  /** Its stream has ended, or is not read any more. */
  ended(seat: Seat): void
}

/** Reads the control streams of whoever comes. */
export async function serveJoins(node: OverlayNode, listener: JoinListener): Promise<void> {
  const read = async (stream: ByteStream, remote: string): Promise<void> => {
    let seat: Seat | undefined
    let messages = 0
    const mute = setTimeout(() => stream.abort(new Error('it said nothing')), helloMs)
    const breached = (): void => listener.onProtocolViolation(seat)
    const bounds = { frame: peerMessageLimit, pending: 4 * peerMessageLimit, breached }
    for await (const bytes of readFrames(stream, bounds)) {
      const message = decodePeerMessage(bytes)
      messages += 1
      clearTimeout(mute)
      if (!message.ok || messages > (seat?.allowance ?? maxMessages)) {
        stream.abort(new Error('a message that is not of this protocol'))
        listener.onProtocolViolation(seat)
        break
      }
      seat = listener.hear(message.value, stream, remote, seat)
      // Whoever was refused, or has lost its seat, has nothing more to say here.
      if (!seat || !listener.isSeated(seat)) break
    }
    clearTimeout(mute)
    if (!seat || !listener.isSeated(seat)) await stream.close()
    if (seat) listener.ended(seat)
  }
  await node.handle(
    joinProtocol,
    (stream, connection) => {
      read(stream, connection.remotePeer.toString()).catch((error: Error) => stream.abort(error))
    },
    limits,
  )
}

/** Who listens to what peers report. */
export interface EventListener {
  seatOf(remote: string): Seat | undefined
  /** It reports more than there is to tell, and is not listened to any more. */
  tooMuch(seat: Seat): void
  /** Whether an event of that seat is of use now. */
  wants(seat: Seat, event: RunEvent): boolean
  take(seat: Seat, event: RunEvent): void
}

/** Reads the reports of seated peers. */
export async function serveEvents(node: OverlayNode, listener: EventListener): Promise<void> {
  const read = async (stream: ByteStream, remote: string): Promise<void> => {
    const seat = listener.seatOf(remote)
    if (!seat) return stream.abort(new Error('not of a seated peer'))
    for await (const bytes of readFrames(stream, { frame: eventBatchLimit, pending: 16 * eventBatchLimit })) {
      seat.heardMs = performance.now()
      if (!seat.reportLimits.admitsBytes(bytes.byteLength)) {
        stream.abort(new Error('more than there is to tell'))
        return listener.tooMuch(seat)
      }
      const batch = decodeEventBatch(bytes)
      if (!batch.ok) return stream.abort(new Error('not a batch of events'))
      for (const event of batch.value)
        if (listener.wants(seat, event) && seat.reportLimits.admits(event)) listener.take(seat, event)
    }
  }
  await node.handle(
    eventsProtocol,
    (stream, connection) => {
      read(stream, connection.remotePeer.toString()).catch((error: Error) => stream.abort(error))
    },
    limits,
  )
}
