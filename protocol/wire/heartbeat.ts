import { type Decoded, malformed } from './decoded.ts'

/** Shows that the peer is alive, once a second on each link. */
export interface Heartbeat {
  readonly type: 'heartbeat'
}
export const heartbeatCode = 1
export const heartbeatLimit = 0

export function encodeHeartbeat(_heartbeat: Heartbeat): Uint8Array {
  return new Uint8Array(0)
}

export function decodeHeartbeat(body: Uint8Array): Decoded<Heartbeat> {
  return body.byteLength === heartbeatLimit ? { ok: true, value: { type: 'heartbeat' } } : malformed
}
