import type { ControlStream } from '../network/control-stream.ts'
import type { Clock } from '../peer/ports.ts'
import type { CoordinatorMessage, PeerMessage } from '../wire/control.ts'

/** The coordinator refused the peer, is gone, or ended the run before it began; or the edges did not come up. */
export type JoinFailure = 'refused' | 'coordinator-gone' | 'stopped' | 'unwired'

/** A peer that did not come as far as round 0. */
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
  /** The last message; resolves once it is handed to the network. */
  leave(reason: string): Promise<void>
  /** The next message; `stop` when the coordinator is gone. */
  next(): Promise<CoordinatorMessage>
  /** Calls back when the coordinator asks to stop; its silence or loss stops nobody who has started. */
  onStop(stop: (reason: string) => void): void
  /** From the start on only `stop` is listened to; `refuse` hears of each other message, which nobody gets. */
  begun(refuse: (type: CoordinatorMessage['type']) => void): void
}

/** What follows when the coordinator says something else than was awaited before round 0. */
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
    // A stream that has closed is seen by the coordinator; nobody here waits for it.
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

/** A peer that has finished stays until the coordinator ends the run: slower neighbours still need its last update. */
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
