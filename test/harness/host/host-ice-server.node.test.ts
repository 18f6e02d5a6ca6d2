import { expect, test } from 'vitest'
import { parseIceServer } from '#harness/host/ice-server.ts'
import { InputError } from '#protocol/loading/input-error.ts'

test('a STUN server is an address, a TURN server has a user and a password', () => {
  expect(parseIceServer('stun:192.0.2.1:3478')).toEqual({ urls: 'stun:192.0.2.1:3478' })
  expect(parseIceServer('turns:turn.example.org:5349?transport=tcp,ann,secret')).toEqual({
    urls: 'turns:turn.example.org:5349?transport=tcp',
    username: 'ann',
    credential: 'secret',
  })
})

test.each(['192.0.2.1:3478', 'http://example.org', 'turn:example.org,ann', 'stun:', 'stun:a b', 'turn:a,b,c,d'])(
  '%s is not an ICE server',
  (text) => {
    expect(() => parseIceServer(text)).toThrow(InputError)
  },
)
