import { type ByteStream, readFrames } from '#protocol/network/byte-stream.ts'
import type { OverlayNode } from '#protocol/network/overlay-node.ts'
import type { RunEvent } from '#protocol/record/events.ts'
import { decodePeerMessage, joinProtocol, type PeerMessage, peerMessageLimit } from '#protocol/wire/control.ts'
import { decodeEventBatch, eventBatchLimit, eventsProtocol } from '#protocol/wire/event-batch.ts'
import { maxMessages, type Seat } from './seats.ts'

/** Maximum number of streams that one connection may open to the coordinator. */
const limits = { maxInboundStreams: 4, maxOutboundStreams: 4 }
/** Time for a connection to send hello. The peer's node reserves a slot at the relay first. */
const helloMs = 120_000

/** Handles the messages of peers on their control streams. */
export interface JoinListener {
  /** Handles a message. `seat` is the sender's seat, if it has one. Returns the sender's seat after the message. */
  hear(message: PeerMessage, stream: ByteStream, remote: string, seat: Seat | undefined): Seat | undefined
  isSeated(seat: Seat): boolean
  /** The peer sent an invalid message, or too many messages. */
  onProtocolViolation(seat: Seat | undefined): void
  /** The control stream of this seat has ended, or is no longer read. */
  ended(seat: Seat): void
}

/** Accepts control streams from any peer and reads them. */
export async function serveJoins(node: OverlayNode, listener: JoinListener): Promise<void> {
  const read = async (stream: ByteStream, remote: string): Promise<void> => {
    let seat: Seat | undefined
    let messages = 0
    const mute = setTimeout(() => stream.abort(new Error('it sent no hello in time')), helloMs)
    const breached = (): void => listener.onProtocolViolation(seat)
    const bounds = { frame: peerMessageLimit, pending: 4 * peerMessageLimit, breached }
    for await (const bytes of readFrames(stream, bounds)) {
      const message = decodePeerMessage(bytes)
      messages += 1
      clearTimeout(mute)
      if (!message.ok || messages > (seat?.allowance ?? maxMessages)) {
        stream.abort(new Error('an invalid message'))
        listener.onProtocolViolation(seat)
        break
      }
      seat = listener.hear(message.value, stream, remote, seat)
      // A peer without a seat has no further messages here.
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

/** Handles the events that peers report. */
export interface EventListener {
  seatOf(remote: string): Seat | undefined
  /** The peer reported more bytes than its limit; its events are no longer read. */
  tooMuch(seat: Seat): void
  /** Whether the coordinator accepts this event of that seat now. */
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
        stream.abort(new Error('over the report limit'))
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
