import type { PeerIndex } from '#topology/graph.ts'
import type { Clock } from '../peer/ports.ts'
import { decodeFrame, encodeFrame, type Frame, frameLimit } from '../wire/frame.ts'
import type { Admitted } from './admission.ts'
import { type ByteStream, frameBytes, readFrames } from './byte-stream.ts'
import type { Inbox } from './inbox.ts'
import { createRateLimit, type RateLimit } from './rate-limit.ts'
import { payloadOf, type Sealed } from './seal.ts'
import {
  createWindowReceiver,
  createWindowSender,
  type WindowReceiver,
  type WindowSender,
  windowBytes,
} from './window.ts'

/** Bytes that all links of a peer moved, frames and their lengths included. */
export interface Traffic {
  bytesSent: number
  bytesReceived: number
}

export interface LinkOptions {
  readonly inbox: Inbox
  readonly traffic: Traffic
  readonly clock: Clock
  /** How long a transfer may take, milliseconds. */
  readonly deadlineMs: number
  /** Nothing is read before it resolves. */
  readonly reading: Promise<void>
}

export interface Link {
  readonly open: boolean
  /** Takes a new stream in place of the old one; `lost` is called when it ends, unless it is replaced or closed. */
  attach(stream: ByteStream, lost: () => void): void
  /** Sends the peer's own update; of those that still wait the two newest stay, one in flight is not cut short. */
  offer(update: Sealed): void
  /** False while there is no stream to ask over. */
  pull(round: number, sender: PeerIndex, digest: string | undefined): boolean
  heartbeat(): void
  close(): void
}

/**
 * Own updates that may wait on a link: this round's behind the last one, whose final acknowledgement is still on its
 * way. In lockstep none is ever given up.
 */
const ownQueued = 2
/** Answers to pulls that may wait on a link. */
const answersQueued = 16
/** How often one update is handed over a stream to whoever pulls it: transfers that were given up are tried again. */
const answersForUpdate = 4
const pullsRemembered = 4096
/** Small frames that may wait; an honest link never holds a dozen. */
const controlQueued = 64
/** Frames that move no payload. Peers that pull gradients ask for each missing one every twelfth of the deadline. */
const idleFrames = { burst: 4096, perSecond: 1000 }

interface Outgoing {
  readonly transfer: number
  readonly update: Sealed
  /** The peer's own, not the answer to a pull. */
  readonly own: boolean
  readonly window: WindowSender
  readonly cancelDeadline: () => void
}
interface Incoming {
  readonly transfer: number
  readonly admitted: Admitted
  readonly vector: Float32Array
  readonly window: WindowReceiver
  readonly cancelDeadline: () => void
}
interface Session {
  readonly stream: ByteStream
  readonly lost: () => void
  readonly control: Frame[]
  readonly answers: Sealed[]
  outgoing?: Outgoing | undefined
  incoming?: Incoming | undefined
  nextTransfer: number
  lastOffered: number
  /** How often each update was pulled, by digest. */
  readonly pulled: Map<string, number>
  readonly idle: RateLimit
  /** Bytes of refused transfers since the last offer: at most a window of them was on its way. */
  discarded: number
  writing: boolean
  /** Ends when the stream does. */
  over: boolean
}

/**
 * One neighbour: one stream both ways, at most one transfer in flight each way. Small frames go before chunks, so
 * that heartbeats and acknowledgements never wait for a payload. Whatever the other end does, this end holds at most
 * the vectors in flight, a window of unread bytes and the queues above; a transfer that outlives its deadline is
 * given up, and a breach of the protocol resets the stream.
 */
export function createLink({ inbox, traffic, clock, deadlineMs, reading }: LinkOptions): Link {
  let session: Session | undefined
  const queued: Sealed[] = []
  let closed = false

  function end(over: Session, error: Error): void {
    if (over.over) return
    over.over = true
    // An own update that was under way starts again on the next stream, unless a newer one waits.
    if (over.outgoing?.own && !closed && queued.length < ownQueued) queued.unshift(over.outgoing.update)
    over.outgoing?.cancelDeadline()
    drop(over)
    over.stream.abort(error)
    if (session !== over) return
    session = undefined
    inbox.lost()
    over.lost()
  }

  function say(to: Session, frame: Frame): void {
    if (to.over) return
    if (to.control.length >= controlQueued) return end(to, new Error('the other end does not read'))
    to.control.push(frame)
    write(to)
  }

  function write(to: Session): void {
    if (to.writing || to.over) return
    to.writing = true
    drain(to).catch((error: Error) => end(to, error))
  }

  async function drain(to: Session): Promise<void> {
    for (let frame = nextFrame(to); frame && !to.over; frame = nextFrame(to)) {
      const bytes = frameBytes(encodeFrame(frame))
      traffic.bytesSent += bytes.byteLength
      if (!to.stream.send(bytes)) await to.stream.onDrain()
    }
    // In the same turn as the last look at the queues: whoever adds to them later starts anew.
    to.writing = false
  }

  function nextFrame(to: Session): Frame | undefined {
    const control = to.control.shift()
    if (control) return control
    if (!to.outgoing) {
      const own = queued.length > 0
      const update = queued.shift() ?? to.answers.shift()
      if (!update) return undefined
      const transfer = to.nextTransfer++
      const window = createWindowSender(payloadOf(update.vector))
      const cancelDeadline = clock.schedule(deadlineMs, () => expire(to, transfer))
      to.outgoing = { transfer, update, own, window, cancelDeadline }
      return { type: 'offer', transfer, header: update.bytes }
    }
    const bytes = to.outgoing.window.next()
    return bytes && { type: 'chunk', transfer: to.outgoing.transfer, bytes }
  }

  function expire(to: Session, transfer: number): void {
    if (to.outgoing?.transfer !== transfer) return
    // A stream that took nothing for a whole deadline is dead; otherwise only the transfer is given up.
    if (to.writing) return end(to, new Error('the other end does not read'))
    to.outgoing = undefined
    write(to)
  }

  function finish(to: Session): void {
    to.outgoing?.cancelDeadline()
    to.outgoing = undefined
    write(to)
  }

  async function read(from: Session): Promise<void> {
    await reading
    const breached = (): void => inbox.rejected('too-large')
    const limits = { frame: frameLimit, pending: 4 * windowBytes, breached }
    for await (const bytes of readFrames(from.stream, limits)) {
      if (from.over) return
      traffic.bytesReceived += bytes.byteLength
      const frame = decodeFrame(bytes)
      if (!frame.ok) {
        inbox.rejected(frame.reason === 'too-large' ? 'too-large' : 'wrong-shape')
        return
      }
      if (isIdle(frame.value, from) && !from.idle.allow(clock.now())) {
        inbox.rejected('rate-limited')
        return
      }
      if (!(await take(from, frame.value))) {
        if (!from.over) inbox.rejected('wrong-shape')
        return
      }
    }
  }

  /** False for what no honest peer sends. */
  async function take(from: Session, frame: Frame): Promise<boolean> {
    switch (frame.type) {
      case 'heartbeat':
        inbox.heard()
        return true
      case 'offer':
        return takeOffer(from, frame.transfer, frame.header)
      case 'chunk':
        return takeChunk(from, frame.transfer, frame.bytes)
      case 'acknowledgement':
        // A late one, of a transfer that was given up, says nothing.
        if (from.outgoing?.transfer !== frame.transfer) return frame.transfer < from.nextTransfer
        if (!from.outgoing.window.acknowledge(frame.offset)) return false
        if (from.outgoing.window.done()) finish(from)
        else write(from)
        return true
      case 'refusal':
        if (from.outgoing?.transfer === frame.transfer) finish(from)
        return frame.transfer < from.nextTransfer
      case 'pull': {
        const answer = inbox.answerTo(frame)
        if (!answer || from.answers.length >= answersQueued || !mayPull(from, answer))
          say(from, { type: 'absence', round: frame.round, sender: frame.sender })
        else if (from.outgoing?.update !== answer && !from.answers.includes(answer)) {
          countPull(from, answer)
          from.answers.push(answer)
          write(from)
        }
        return true
      }
      case 'absence':
        inbox.absent(frame.round, frame.sender)
        return true
    }
  }

  async function takeOffer(from: Session, transfer: number, header: Uint8Array): Promise<boolean> {
    if (transfer <= from.lastOffered) return false
    from.lastOffered = transfer
    from.discarded = 0
    drop(from)
    inbox.heard()
    // The header outlives its frame, and the frame is a view of the stream's memory.
    const admission = await inbox.admit(header.slice())
    if (from.over) return false
    if (!admission.ok) {
      if (!admission.known) inbox.rejected(admission.reason)
      say(from, { type: 'refusal', transfer, reason: admission.reason })
      return true
    }
    const { admitted } = admission
    const vector = new Float32Array(admitted.header.d)
    const cancelDeadline = clock.schedule(deadlineMs, () => {
      if (from.incoming?.transfer !== transfer) return
      drop(from)
      inbox.rejected('late')
      say(from, { type: 'refusal', transfer, reason: 'late' })
    })
    from.incoming = { transfer, admitted, vector, window: createWindowReceiver(payloadOf(vector)), cancelDeadline }
    return true
  }

  async function takeChunk(from: Session, transfer: number, bytes: Uint8Array): Promise<boolean> {
    const { incoming } = from
    if (incoming?.transfer !== transfer) {
      from.discarded += bytes.byteLength
      return transfer <= from.lastOffered && from.discarded <= windowBytes
    }
    if (!incoming.window.accept(bytes)) return false
    const offset = incoming.window.acknowledgement()
    if (offset !== undefined) say(from, { type: 'acknowledgement', transfer, offset })
    if (incoming.window.done()) {
      incoming.cancelDeadline()
      from.incoming = undefined
      await inbox.accept(incoming.admitted, incoming.vector)
    }
    return true
  }

  function drop(from: Session): void {
    if (!from.incoming) return
    const { cancelDeadline, admitted } = from.incoming
    cancelDeadline()
    from.incoming = undefined
    inbox.absent(admitted.header.round, admitted.header.sender)
  }

  return {
    get open() {
      return session !== undefined
    },
    attach(stream, lost) {
      const previous = session
      const next: Session = {
        stream,
        lost,
        control: [],
        answers: [],
        pulled: new Map(),
        idle: createRateLimit(idleFrames, clock.now()),
        nextTransfer: 1,
        lastOffered: 0,
        discarded: 0,
        writing: false,
        over: false,
      }
      session = next
      if (previous) end(previous, new Error('replaced by a newer stream'))
      const over = (error?: Error): void => end(next, error ?? new Error('the stream has ended'))
      read(next).then(() => over(), over)
      say(next, { type: 'heartbeat' })
    },
    offer(update) {
      queued.push(update)
      if (queued.length > ownQueued) queued.shift()
      if (session) write(session)
    },
    pull(round, sender, digest) {
      if (!session) return false
      say(session, { type: 'pull', round, sender, ...(digest === undefined ? {} : { digest }) })
      return true
    },
    heartbeat() {
      if (session) say(session, { type: 'heartbeat' })
    },
    close() {
      closed = true
      queued.length = 0
      const last = session
      session = undefined
      if (last) end(last, new Error('closed'))
    },
  }
}

/** Whether a frame moves nothing: as many as an honest peer has reason to send are let through. */
function isIdle(frame: Frame, { outgoing }: Session): boolean {
  if (frame.type === 'acknowledgement') return frame.transfer !== outgoing?.transfer
  return frame.type !== 'offer' && frame.type !== 'chunk'
}

function mayPull({ pulled }: Session, { digest }: Sealed): boolean {
  return (pulled.get(digest) ?? 0) < answersForUpdate
}

/** The newest are remembered: what is older than two rounds of a sender is handed to nobody. */
function countPull({ pulled }: Session, { digest }: Sealed): void {
  pulled.set(digest, (pulled.get(digest) ?? 0) + 1)
  const oldest = pulled.keys().next()
  if (pulled.size > pullsRemembered && !oldest.done) pulled.delete(oldest.value)
}
