import fc from 'fast-check'
import { expect, test } from 'vitest'
import { frameBytes, readFrames, writeFrames } from '#protocol/network/byte-stream.ts'
import { coordinatorControl, peerControl } from '#protocol/network/control-stream.ts'
import { updateProtocol } from '#protocol/network/transport.ts'
import { encodeFrame } from '#protocol/wire/frame.ts'
import { type MemoryStream, streamPair } from './memory-nodes.ts'
import { swarm, turn, vector } from './peers.ts'

const limits = { frame: 1000, pending: 5000 }

test('frames arrive unchanged, in any pieces of the network', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 900 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 700 }),
      async (frames, pieceBytes) => {
        const [a, b] = streamPair()
        a.pieceBytes = pieceBytes
        const received: Uint8Array[] = []
        const reading = (async () => {
          for await (const frame of readFrames(b, { frame: 1000, pending: 1_000_000 })) received.push(frame.slice())
        })()
        await writeFrames(a, frames)
        await a.close()
        await reading
        expect(received).toEqual(frames)
      },
    ),
    { numRuns: 50 },
  )
})

test('a frame with too large a length ends the stream before its bytes come', async () => {
  const [a, b] = streamPair()
  a.send(Uint8Array.of(0xe9, 0x07))
  for await (const _ of readFrames(b, limits)) throw new Error('nothing was to be read')
  await turn()
  expect(a.over).toBe(true)
})

test('a sender that does not wait for its reader is cut off', async () => {
  const [a, b] = streamPair()
  const frames = readFrames(b, limits)[Symbol.asyncIterator]()
  a.send(frameBytes(new Uint8Array(10)))
  await frames.next()
  for (let i = 0; i < 12; i++) a.over || a.send(frameBytes(new Uint8Array(500)))
  await turn()
  expect(a.over).toBe(true)
})

test('control messages go both ways, and one that does not decode resets the stream', async () => {
  const [a, b] = streamPair()
  const peer = peerControl(a)
  const coordinator = coordinatorControl(b)
  await Promise.all([coordinator.send({ type: 'start' }), coordinator.send({ type: 'stop', reason: 'enough' })])
  const received: string[] = []
  for await (const message of peer.messages) {
    received.push(message.type)
    if (message.type === 'stop') a.send(frameBytes(Uint8Array.of(0xa1)))
    if (message.type === 'stop') break
  }
  expect(received).toEqual(['start', 'stop'])
  for await (const message of coordinator.messages) throw new Error(`${message.type} was not to be read`)
  await turn()
  expect(a.over).toBe(true)
})

const u32 = fc.integer({ min: 0, max: 300_000 })
const hostileFrame = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.record({ type: fc.constant('heartbeat' as const) }).map(encodeFrame),
  fc
    .record({
      type: fc.constant('offer' as const),
      transfer: u32,
      header: fc.uint8Array({ minLength: 1, maxLength: 216 }),
    })
    .map(encodeFrame),
  fc
    .record({
      type: fc.constant('chunk' as const),
      transfer: u32,
      bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    })
    .map(encodeFrame),
  fc
    .record({ type: fc.constant('acknowledgement' as const), transfer: fc.constantFrom(1, 2, 9), offset: u32 })
    .map(encodeFrame),
  fc
    .record({
      type: fc.constant('refusal' as const),
      transfer: fc.constantFrom(1, 2, 9),
      reason: fc.constant('late' as const),
    })
    .map(encodeFrame),
  fc
    .record({ type: fc.constant('pull' as const), round: fc.constantFrom(0, 1, 7), sender: fc.constantFrom(0, 1, 2) })
    .map(encodeFrame),
  fc.record({ type: fc.constant('absence' as const), round: u32, sender: fc.constantFrom(0, 1, 2) }).map(encodeFrame),
)

test('whatever a neighbour sends, the others are served and its updates are rejected', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(hostileFrame, { maxLength: 40 }), async (frames) => {
      const { peers, nodes } = await swarm([[1], [0, 2], [1]], {}, [0])
      const stream = (await nodes[0]!.connections()[1]!.newStream(updateProtocol)) as MemoryStream
      const [victim, other] = [peers[0]!, peers[1]!]
      victim.transport.send(0, { round: 0, sender: 1, vector: vector(1) })
      for (const frame of frames) stream.over || stream.send(frameBytes(frame))
      for (let i = 0; i < 5; i++) await turn()
      victim.transport.send(2, { round: 1, sender: 1, vector: vector(2) })
      await other.inbox.until(({ updates }) => updates.length === 1)
      expect(victim.inbox.updates).toEqual([])
      await Promise.all(peers.map(({ transport }) => transport.close()))
    }),
    { numRuns: 60 },
  )
})
