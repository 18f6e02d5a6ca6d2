import type { ControlStream } from '../network/control-stream.ts'
import type { Clock } from '../peer/ports.ts'
import type { CoordinatorMessage, PeerMessage } from '../wire/control.ts'

/** Why a peer did not start: the coordinator refused it, is gone, or stopped the run; or some edges did not come up. */
export type JoinFailure = 'refused' | 'coordinator-gone' | 'stopped' | 'unwired'

/** A peer did not reach round 0. */
export class JoinError extends Error {
  override readonly name = 'JoinError'
  readonly code: JoinFailure
  constructor(code: JoinFailure, message: string) {
    super(message)
    this.code = code
  }
}

export interface Control {
  send(message: PeerMessage): void
  /** Sends the last message. Resolves after handing it to the network. */
  leave(reason: string): Promise<void>
  /** The next message; `stop` if the coordinator is gone or the signal aborts. */
  next(): Promise<CoordinatorMessage>
  /** Calls back when the coordinator asks to stop. Its silence or loss does not stop a started peer. */
  onStop(stop: (reason: string) => void): void
  /** From the start on, only `stop` has an effect. Every other message goes to `refuse` alone. */
  begun(refuse: (type: CoordinatorMessage['type']) => void): void
}

/** The error for an unexpected message of the coordinator before round 0. */
export function notStarted(message: CoordinatorMessage): JoinError {
  if (message.type !== 'stop')
    return new JoinError('coordinator-gone', `the coordinator sent ${message.type} out of turn`)
  return new JoinError(message.reason === goneReason ? 'coordinator-gone' : 'stopped', message.reason)
}

const goneReason = 'the coordinator is gone'

export function openControl(stream: ControlStream<PeerMessage, CoordinatorMessage>, signal: AbortSignal): Control {
  const queue: CoordinatorMessage[] = []
  let wake = (): void => {}
  let stopAsked = (_reason: string): void => {}
  let ended = false
  let refuse: ((type: CoordinatorMessage['type']) => void) | undefined
  const read = async (): Promise<void> => {
    for await (const message of stream.messages) {
      if (message.type === 'stop') stopAsked(message.reason)
      else if (refuse) {
        refuse(message.type)
        continue
      }
      queue.push(message)
      wake()
    }
    ended = true
    wake()
  }
  read().catch(() => {
    ended = true
    wake()
  })
  signal.addEventListener('abort', () => wake(), { once: true })
  return {
    // The coordinator notices a closed stream; this peer need not.
    send: (message) => void stream.send(message).catch(() => undefined),
    leave: (reason) => stream.send({ type: 'leave', reason: reason.slice(0, 512) }).catch(() => undefined),
    async next() {
      for (;;) {
        const message = queue.shift()
        if (message) return message
        if (signal.aborted) return { type: 'stop', reason: 'this peer was asked to leave' }
        if (ended) return { type: 'stop', reason: goneReason }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    onStop(stop) {
      stopAsked = stop
    },
    begun(take) {
      refuse = take
      const early = queue.splice(0)
      for (const message of early)
        if (message.type === 'stop') queue.push(message)
        else take(message.type)
    },
  }
}

/**
 * Resolves when the coordinator ends the run, at most after `maxMs`. A finished peer waits for it, because slower
 * neighbours still need its last update.
 */
export function untilDismissed(control: Control, clock: Clock, maxMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(maxMs, resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
    control.next().then(() => {
      cancel()
      resolve()
    }, resolve)
  })
}
