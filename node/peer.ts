import { parseArgs } from 'node:util'
import type { IceServer } from '#protocol/network/libp2p/hearsay-node.ts'
import { joinFromNode } from './session/join.ts'

// Entry of a peer process. A launcher starts it with the addresses and a token, and ends it by closing its stdin, so
// that no peer outlives its command.
const { values } = parseArgs({
  options: {
    coordinator: { type: 'string' },
    relay: { type: 'string' },
    token: { type: 'string' },
    links: { type: 'string', default: 'webrtc' },
    // One RTCIceServer as JSON.
    'ice-server': { type: 'string', multiple: true, default: [] },
  },
})
const { coordinator, relay, token } = values
if (!coordinator || !relay || !token) {
  process.stderr.write('hearsay peer: needs --coordinator, --relay and --token\n')
  process.exit(2)
}

const leaving = new AbortController()
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
process.stdin.on('error', () => process.exit(0))
process.on('SIGTERM', () => leaving.abort())
// Ctrl-C reaches the whole process group; the launcher handles it.
process.on('SIGINT', () => {})

try {
  await joinFromNode({
    coordinator,
    relay,
    token,
    links: values.links === 'auto' ? 'auto' : 'webrtc',
    iceServers: values['ice-server'].map((server) => JSON.parse(server) as IceServer),
    signal: leaving.signal,
    ownCode: true,
  })
  process.exit(0)
} catch (error) {
  // One line, which the launcher passes on: messages of libp2p may contain lists and stack traces.
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(
    `${message
      .replaceAll(/\n\s*at .*/g, '')
      .replaceAll(/\s+/g, ' ')
      .trim()}\n`,
  )
  process.exit(1)
}
