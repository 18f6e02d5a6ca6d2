import type { Clock } from '../peer/ports.ts'
import type { Frame } from '../wire/frame.ts'
import { createAnswers } from './answers.ts'
import type { Outbox } from './outbox.ts'
import { payloadOf, type Sealed } from './seal.ts'
import { createWindowSender, type WindowSender } from './window.ts'

/** The outgoing transfers of a stream, one at a time: first the peer's own updates, then answers to pulls. */
export interface Outgoing {
  /** The next offer or chunk; undefined while the window is full or no transfer waits. */
  next(): Frame | undefined
  /** Adds the answer to a pull. False if the other end must get an absence instead. */
  answer(update: Sealed): boolean
  /** Takes an acknowledgement, even a late one. False for one that no honest peer sends. */
  acknowledge(transfer: number, offset: number): boolean
  /** Takes a refusal, even a late one. False for one that no honest peer sends. */
  refuse(transfer: number): boolean
  /** Whether this is the current transfer. */
  sends(transfer: number): boolean
  /** Gives up the current transfer, if any. */
  giveUp(): void
  /** Ends the transfers, at the end of the stream. An unfinished update of the peer's own goes back to the outbox. */
  close(): void
}

interface Transfer {
  readonly transfer: number
  readonly update: Sealed
  /** Whether it is the peer's own update, not the answer to a pull. */
  readonly own: boolean
  readonly window: WindowSender
  readonly cancelDeadline: () => void
}

/** Calls `expired` when the current transfer exceeds its deadline; the transfer stays current until `giveUp`. */
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
