interface Channel {
  readonly readyState: string
  addEventListener: (type: string, listener: (event: unknown) => void, options?: unknown) => void
}
interface PeerConnection {
  createDataChannel(label: string, options?: unknown): Channel
}

const mended = new WeakSet<object>()

/**
 * Fixes a race in @libp2p/webrtc 6.0.33 (`initiateConnection`). The recipient closes the channel named `init` as soon
 * as it opens. An initiator that listens too late misses the event `open` and waits until its timeout (measured: 3 of
 * 24 dials between tabs). The fix repeats a missed event for a late listener. `later` runs an action in a later turn;
 * `createEvent` makes an event of the platform.
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
