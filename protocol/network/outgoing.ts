import type { Clock } from '../peer/ports.ts'
import type { Frame } from '../wire/frame.ts'
import { createAnswers } from './answers.ts'
import type { Outbox } from './outbox.ts'
import { payloadOf, type Sealed } from './seal.ts'
import { createWindowSender, type WindowSender } from './window.ts'

/** Transfers to the other end of a stream, one at a time: own updates first, then answers to pulls. */
export interface Outgoing {
  /** The next offer or chunk, or undefined while the window is full or nothing waits. */
  next(): Frame | undefined
  /** Adds the answer to a pull; false where the other end is to be told of an absence. */
  answer(update: Sealed): boolean
  /** Takes an acknowledgement, also a late one; false for one that no honest peer sends. */
  acknowledge(transfer: number, offset: number): boolean
  /** Takes a refusal, also a late one; false for one that no honest peer sends. */
  refuse(transfer: number): boolean
  /** Whether this is the transfer that is under way. */
  sends(transfer: number): boolean
  /** Gives up the transfer that is under way, if there is one. */
  giveUp(): void
  /** Ends with the stream: an own update that was under way goes back to the outbox. */
  close(): void
}

interface Transfer {
  readonly transfer: number
  readonly update: Sealed
  /** The peer's own, not the answer to a pull. */
  readonly own: boolean
  readonly window: WindowSender
  readonly cancelDeadline: () => void
}

/** `expired` is called when a transfer outlives its deadline; it is still under way then. */
export function createOutgoing(outbox: Outbox, clock: Clock, deadlineMs: number, expired: () => void): Outgoing {
  const answers = createAnswers()
  let current: Transfer | undefined
  let nextTransfer = 1

  function giveUp(): void {
    current?.cancelDeadline()
    current = undefined
  }

  function begin(update: Sealed, own: boolean): Frame {
    const transfer = nextTransfer++
    const window = createWindowSender(payloadOf(update.vector))
    current = { transfer, update, own, window, cancelDeadline: clock.schedule(deadlineMs, expired) }
    return { type: 'offer', transfer, header: update.bytes }
  }

  return {
    next() {
      if (current) {
        const bytes = current.window.next()
        return bytes && { type: 'chunk', transfer: current.transfer, bytes }
      }
      const own = outbox.take()
      if (own) return begin(own, true)
      const answer = answers.take()
      return answer && begin(answer, false)
    },
    answer: (update) => answers.add(update, current?.update),
    acknowledge(transfer, offset) {
      if (current?.transfer !== transfer) return transfer < nextTransfer
      if (!current.window.acknowledge(offset)) return false
      if (current.window.done()) giveUp()
      return true
    },
    refuse(transfer) {
      if (current?.transfer === transfer) giveUp()
      return transfer < nextTransfer
    },
    sends: (transfer) => current?.transfer === transfer,
    giveUp,
    close() {
      if (current?.own) outbox.putBack(current.update)
      giveUp()
    },
  }
}
