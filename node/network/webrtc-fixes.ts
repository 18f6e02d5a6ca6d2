import { RTCPeerConnection } from 'node-datachannel/polyfill'
import { mendInitChannel } from '#protocol/network/libp2p/init-channel.ts'

interface Candidates {
  answered: boolean
  readonly held: Event[]
}
interface PeerConnection extends EventTarget {
  setRemoteDescription(description: { readonly type: string }): Promise<void>
}

let mended = false

/**
 * Ends two races of WebRTC in Node. Idempotent; called before a node is made.
 *
 * libdatachannel, as the offerer: DTLS starts before the fingerprint of the answer is stored ("DTLS alert: unknown
 * CA"), which lost 5 to 20 % of dials. The offerer's candidates are held until the answer is set; then 0 of 222 were
 * lost. The other race is that of the `init` channel.
 */
export function mendWebRtc(): void {
  if (mended) return
  mended = true
  const prototype = RTCPeerConnection.prototype as unknown as PeerConnection
  const states = new WeakMap<object, Candidates>()
  const stateOf = (connection: object): Candidates => {
    const state = states.get(connection) ?? { answered: false, held: [] }
    states.set(connection, state)
    return state
  }
  const dispatch = EventTarget.prototype.dispatchEvent
  const describe = prototype.setRemoteDescription

  prototype.dispatchEvent = function (this: PeerConnection, event) {
    const state = stateOf(this)
    if (event.type !== 'icecandidate' || state.answered) return dispatch.call(this, event)
    state.held.push(event)
    return true
  }
  prototype.setRemoteDescription = async function (this: PeerConnection, description) {
    await describe.call(this, description)
    const state = stateOf(this)
    state.answered = true
    const flush = (): void => {
      for (const event of state.held.splice(0)) dispatch.call(this, event)
    }
    // libdatachannel stores the fingerprint on a thread of its own, shortly after the call has returned.
    if (description.type === 'answer') setTimeout(flush, 5)
    else flush()
  }
  mendInitChannel(
    prototype,
    (action) => setTimeout(action),
    (type) => new Event(type),
  )
}
