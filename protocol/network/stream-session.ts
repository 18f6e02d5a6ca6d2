import type { Clock } from '../peer/ports.ts'
import { decodeFrame, type Frame, frameLimit } from '../wire/frame.ts'
import { type ByteStream, readFrames } from './byte-stream.ts'
import { createFrameWriter, type Traffic } from './frame-writer.ts'
import type { Inbox } from './inbox.ts'
import { createIncoming } from './incoming.ts'
import type { Outbox } from './outbox.ts'
import { createOutgoing } from './outgoing.ts'
import { createRateLimit } from './rate-limit.ts'
import { windowBytes } from './window.ts'

/**
 * Rate of frames without payload. A peer that pulls gradients asks for each missing one every twelfth of the deadline.
 */
const idleFrames = { burst: 4096, perSecond: 1000 }

export interface StreamSessionOptions {
  readonly outbox: Outbox
  readonly inbox: Inbox
  readonly traffic: Traffic
  readonly clock: Clock
  /** Maximum time of a transfer, milliseconds. */
  readonly deadlineMs: number
  /** Reading starts when it resolves. */
  readonly reading: Promise<void>
}

/** One stream of a link, from its first frame to its end. */
export interface StreamSession {
  /** Begins to read and sends a first heartbeat. */
  start(): void
  /** Sends a heartbeat or a pull. */
  say(frame: Frame): void
  /** Tells the session that an update waits in the outbox. */
  wake(): void
  /** Ends the stream from this side, without a call of `ended`. */
  end(error: Error): void
}

/**
 * Reads and writes the frames of a stream, with at most one transfer in flight each way. Whatever the other end does,
 * this end holds at most the vectors in flight, the bounded unread bytes and bounded queues. It gives up a transfer
 * after its deadline, and resets the stream after a breach of the protocol. It calls `ended` once: when the stream ends
 * by itself, by a breach, or because the other end does not read.
 */
export function createStreamSession(
  stream: ByteStream,
  { outbox, inbox, traffic, clock, deadlineMs, reading }: StreamSessionOptions,
  ended: () => void,
): StreamSession {
  const outgoing = createOutgoing(outbox, clock, deadlineMs, expired)
  const writer = createFrameWriter(stream, outgoing.next, traffic, fail)
  const incoming = createIncoming(inbox, writer, clock, deadlineMs)
  const idle = createRateLimit(idleFrames, clock.now())
  let over = false

  function end(error: Error): void {
    if (over) return
    over = true
    writer.close()
    outgoing.close()
    incoming.close()
    stream.abort(error)
  }

  function fail(error: Error): void {
    if (over) return
    end(error)
    ended()
  }

  function expired(): void {
    // A stream still full after a whole deadline is dead. Otherwise only the transfer is given up.
    if (writer.busy) return fail(new Error('the other end does not read'))
    outgoing.giveUp()
    writer.wake()
  }

  /** Handles one frame after the other until the stream ends or the other end breaches the protocol. */
  async function read(): Promise<void> {
    await reading
    const breached = (): void => inbox.rejected('too-large')
    for await (const bytes of readFrames(stream, { frame: frameLimit, pending: 4 * windowBytes, breached })) {
      if (over) return
      traffic.bytesReceived += bytes.byteLength
      const frame = decodeFrame(bytes)
      if (!frame.ok) return inbox.rejected(frame.reason === 'too-large' ? 'too-large' : 'wrong-shape')
      if (movesNothing(frame.value) && !idle.allow(clock.now())) return inbox.rejected('rate-limited')
      if (await take(frame.value)) continue
      if (!over) inbox.rejected('wrong-shape')
      return
    }
  }

  /** Whether a frame moves no payload. Such frames are limited to the rate that an honest peer needs. */
  function movesNothing(frame: Frame): boolean {
    if (frame.type === 'acknowledgement') return !outgoing.sends(frame.transfer)
    return frame.type !== 'offer' && frame.type !== 'chunk'
  }

  /** False for a frame that no honest peer sends. */
  async function take(frame: Frame): Promise<boolean> {
    switch (frame.type) {
      case 'heartbeat':
        inbox.alive()
        return true
      case 'offer':
        return incoming.offer(frame.transfer, frame.header)
      case 'chunk':
        return incoming.chunk(frame.transfer, frame.bytes)
      case 'acknowledgement':
        return wakeIf(outgoing.acknowledge(frame.transfer, frame.offset))
      case 'refusal':
        return wakeIf(outgoing.refuse(frame.transfer))
      case 'pull': {
        const update = inbox.answerTo(frame)
        if (update && outgoing.answer(update)) writer.wake()
        else writer.say({ type: 'absence', round: frame.round, sender: frame.sender })
        return true
      }
      case 'absence':
        inbox.absent(frame.round, frame.sender)
        return true
    }
  }

  function wakeIf(taken: boolean): boolean {
    if (taken) writer.wake()
    return taken
  }

  return {
    start() {
      read().then(() => fail(new Error('the stream has ended')), fail)
      writer.say({ type: 'heartbeat' })
    },
    say: writer.say,
    wake: writer.wake,
    end,
  }
}
