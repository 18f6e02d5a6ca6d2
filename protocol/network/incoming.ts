import type { Clock } from '../peer/ports.ts'
import type { Admitted } from './admission.ts'
import type { FrameWriter } from './frame-writer.ts'
import type { Inbox } from './inbox.ts'
import { payloadOf } from './seal.ts'
import { createWindowReceiver, type WindowReceiver, windowBytes } from './window.ts'

/** The incoming transfer of a stream. It holds at most one vector. */
export interface Incoming {
  /** Takes an offer, which ends an unfinished transfer. False for an offer that no honest peer sends. */
  offer(transfer: number, header: Uint8Array): Promise<boolean>
  /** Takes bytes of a payload. False for bytes that no honest peer sends. */
  chunk(transfer: number, bytes: Uint8Array): Promise<boolean>
  /** Ends the transfer, at the end of the stream. */
  close(): void
}

interface Transfer {
  readonly transfer: number
  readonly admitted: Admitted
  readonly vector: Float32Array
  readonly window: WindowReceiver
  readonly cancelDeadline: () => void
}

/** Sends acknowledgements and refusals by the writer; passes headers and complete payloads to the inbox. */
export function createIncoming(inbox: Inbox, writer: FrameWriter, clock: Clock, deadlineMs: number): Incoming {
  let current: Transfer | undefined
  let lastOffered = 0
  /** Bytes of refused transfers since the last offer; an honest sender has at most a window of them on its way. */
  let discarded = 0
  let over = false

  function drop(): void {
    if (!current) return
    const { cancelDeadline, admitted } = current
    cancelDeadline()
    current = undefined
    inbox.absent(admitted.header.round, admitted.header.sender)
  }

  function begin(transfer: number, admitted: Admitted): void {
    const vector = new Float32Array(admitted.header.d)
    const cancelDeadline = clock.schedule(deadlineMs, () => {
      drop()
      inbox.rejected('late')
      writer.say({ type: 'refusal', transfer, reason: 'late' })
    })
    current = { transfer, admitted, vector, window: createWindowReceiver(payloadOf(vector)), cancelDeadline }
  }

  return {
    async offer(transfer, header) {
      if (transfer <= lastOffered) return false
      lastOffered = transfer
      discarded = 0
      drop()
      inbox.alive()
      // Copy the header: the frame is a view of the stream's memory.
      const admission = await inbox.admit(header.slice())
      if (over) return false
      if (admission.ok) begin(transfer, admission.admitted)
      else {
        if (!admission.known) inbox.rejected(admission.reason)
        writer.say({ type: 'refusal', transfer, reason: admission.reason })
      }
      return true
    },
    async chunk(transfer, bytes) {
      if (current?.transfer !== transfer) {
        discarded += bytes.byteLength
        return transfer <= lastOffered && discarded <= windowBytes
      }
      const { window, admitted, vector, cancelDeadline } = current
      if (!window.accept(bytes)) return false
      const offset = window.acknowledgement()
      if (offset !== undefined) writer.say({ type: 'acknowledgement', transfer, offset })
      if (window.done()) {
        cancelDeadline()
        current = undefined
        await inbox.accept(admitted, vector)
      }
      return true
    },
    close() {
      over = true
      drop()
    },
  }
}
