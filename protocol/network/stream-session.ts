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

/** Frames that move no payload. Peers that pull gradients ask for each missing one every twelfth of the deadline. */
const idleFrames = { burst: 4096, perSecond: 1000 }

export interface StreamSessionOptions {
  readonly outbox: Outbox
  readonly inbox: Inbox
  readonly traffic: Traffic
  readonly clock: Clock
  /** How long a transfer may take, milliseconds. */
  readonly deadlineMs: number
  /** Nothing is read before it resolves. */
  readonly reading: Promise<void>
}

/** One stream of a link, from its first frame to its end. */
export interface StreamSession {
  /** Begins to read, and says a first heartbeat. */
  start(): void
  /** Sends a heartbeat or a pull. */
  say(frame: Frame): void
  /** An own update waits in the outbox. */
  wake(): void
  /** Ends it from this side, which is not told to `ended`. */
  end(error: Error): void
}

/**
 * Reads the frames of a stream and writes its own, at most one transfer in flight each way. Whatever the other end
 * does, this end holds at most the vectors in flight, a window of unread bytes and bounded queues. A transfer that
 * outlives its deadline is given up, and a breach of the protocol resets the stream. `ended` is called once, when the
 * stream ends by itself, by a breach, or because the other end does not read.
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
    // A stream that took nothing for a whole deadline is dead; otherwise only the transfer is given up.
    if (writer.busy) return fail(new Error('the other end does not read'))
    outgoing.giveUp()
    writer.wake()
  }

  /** Takes frame after frame, each to its end, until the stream ends or the other end breaches the protocol. */
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

  /** As many frames that move nothing as an honest peer has reason to send are let through. */
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
