interface Channel {
  readonly readyState: string
  addEventListener: (type: string, listener: (event: unknown) => void, options?: unknown) => void
}
interface PeerConnection {
  createDataChannel(label: string, options?: unknown): Channel
}

const mended = new WeakSet<object>()

/**
 * Ends a race in @libp2p/webrtc 6.0.33 (`initiateConnection`): the recipient closes the channel named `init` as soon
 * as it opens, and an initiator that looks too late waits out its timeout for an `open` that has passed (measured: 3
 * of 24 dials between tabs). Listeners that come late are told of what they missed. `later` runs an action in a turn
 * of its own; `createEvent` makes an event of the platform.
 */
export function mendInitChannel(
  prototype: object,
  later: (action: () => void) => void,
  createEvent: (type: string) => unknown,
): void {
  if (mended.has(prototype)) return
  mended.add(prototype)
  const connection = prototype as PeerConnection
  const create = connection.createDataChannel
  connection.createDataChannel = function (this: PeerConnection, label, options) {
    const channel = create.call(this, label, options)
    if (label !== 'init') return channel
    const listen = channel.addEventListener.bind(channel)
    channel.addEventListener = (type, listener, listenerOptions) => {
      listen(type, listener, listenerOptions)
      const over = channel.readyState === 'closed'
      const missed = type === 'open' ? over || channel.readyState === 'closing' : type === 'close' && over
      if (missed) later(() => listener.call(channel, createEvent(type)))
    }
    return channel
  }
}
