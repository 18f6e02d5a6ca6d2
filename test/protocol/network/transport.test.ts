import { expect, test } from 'vitest'
import { frameBytes, readFrames } from '#protocol/network/byte-stream.ts'
import type { OverlayConnection } from '#protocol/network/overlay-node.ts'
import { payloadOf, type Sealed, sealUpdate } from '#protocol/network/seal.ts'
import { colludeProtocol, updateProtocol } from '#protocol/network/transport.ts'
import { toHex } from '#protocol/record/hex.ts'
import type { RejectionReason, Update } from '#protocol/round/update.ts'
import { decodeFrame, encodeFrame, type Frame } from '#protocol/wire/frame.ts'
import type { UpdateHeader } from '#protocol/wire/update-header.ts'
import { encodeHeader, headerDigest } from '#protocol/wire/update-header.ts'
import { type MemoryStream, testDigest, testNonce, testSigner } from './memory-nodes.ts'
import { experiment, settleWhile, swarm, type TestSwarm, turn, vector } from './peers.ts'

const pair = [[1], [0]]

test('an update arrives whole, with its round, sender and state digest', async () => {
  const { peers } = await swarm(pair)
  const stateDigest = 'cd'.repeat(32)
  const sent = Float32Array.from({ length: 5000 }, (_, i) => i / 7)
  peers[0]?.transport.send(1, { round: 3, sender: 0, vector: sent, stateDigest })
  const inbox = peers[1]!.inbox
  await inbox.until(({ updates }) => updates.length === 1)
  expect(inbox.updates).toEqual([{ round: 3, sender: 0, vector: sent, stateDigest }])
  expect(inbox.updates[0]?.vector).not.toBe(sent)
})

test('updates are larger than the window and come in any pieces', async () => {
  const d = 200_000
  const { peers, nodes } = await swarm(pair, { d })
  for (const stream of nodes[0]!.opened) stream.pieceBytes = 1000
  peers[0]?.transport.send(1, { round: 0, sender: 0, vector: vector(2, d) })
  await peers[1]!.inbox.until(({ updates }) => updates.length === 1)
  expect(peers[1]!.inbox.updates[0]?.vector).toEqual(vector(2, d))
  expect(peers[0]!.transport.traffic().bytesSent).toBeGreaterThan(4 * d)
  expect(peers[0]!.transport.traffic().bytesSent).toBeLessThan(4.1 * d)
})

test('the two newest waiting updates are sent, and one in flight continues', async () => {
  const d = 100_000
  const { peers, nodes } = await swarm([[1, 2], [0], [0]], { d })
  const stream = nodes[0]!.opened[0]!
  stream.peer.stalled = true
  for (let round = 0; round < 5; round++) {
    const update = { round, sender: 0, vector: vector(round, d) }
    for (const to of [1, 2]) peers[0]?.transport.send(to, update)
    await peers[2]!.inbox.until(({ updates }) => updates.at(-1)?.round === round)
  }
  expect(stream.sentBytes).toBeLessThan(300 * 1024)
  stream.peer.resume()
  await peers[1]!.inbox.until(({ updates }) => updates.length === 3)
  expect(peers[1]!.inbox.updates.map(({ round }) => round)).toEqual([0, 3, 4])
})

test('a neighbour that reads nothing costs at most a window, and does not slow the others', async () => {
  const d = 200_000
  const { peers, nodes } = await swarm([[1, 2], [0], [0]], { d })
  const stream = nodes[0]!.opened[0]!
  stream.peer.stalled = true
  const update = { round: 0, sender: 0, vector: vector(1, d) }
  for (const to of [1, 2]) peers[0]?.transport.send(to, update)
  await peers[2]!.inbox.until(({ updates }) => updates.length === 1)
  expect(stream.sentBytes).toBeLessThan(270 * 1024)
})

test('a transfer that exceeds its deadline is given up, and the next one succeeds', async () => {
  const { peers, nodes, clock } = await swarm(pair, { d: 100_000, transferDeadlineMs: 500 })
  const stream = nodes[0]!.opened[0]!
  stream.peer.stalled = true
  peers[0]?.transport.send(1, { round: 0, sender: 0, vector: vector(0, 100_000) })
  while (stream.sentBytes < 200_000) await turn()
  clock.advance(600)
  const before = stream.sentBytes
  peers[0]?.transport.send(1, { round: 1, sender: 0, vector: vector(1, 100_000) })
  while (stream.sentBytes === before) await turn()
  stream.peer.resume()
  const inbox = peers[1]!.inbox
  await inbox.until(({ updates }) => updates.length === 1)
  expect(inbox.updates[0]?.round).toBe(1)
})

test('a broken stream is opened again, and its update is sent again', async () => {
  const { peers, nodes, clock } = await swarm(pair, { d: 100_000 })
  const stream = nodes[0]!.opened[0]!
  stream.peer.stalled = true
  peers[0]?.transport.send(1, { round: 0, sender: 0, vector: vector(5, 100_000) })
  while (stream.sentBytes < 200_000) await turn()
  stream.abort()
  await settleWhile(
    peers[1]!.inbox.until(({ updates }) => updates.length === 1),
    clock,
  )
  expect(nodes[0]!.opened.length).toBe(2)
})

test('neighbours exchange heartbeats every second', async () => {
  const { peers, clock } = await swarm(pair)
  const before = peers[1]!.inbox.heard
  for (let second = 0; second < 3; second++) {
    clock.advance(1000)
    await turn()
  }
  expect(peers[1]!.inbox.heard - before).toBe(3)
})

test("a peer hands on another's signed update once, to a peer that asked for it", async () => {
  const { peers } = await swarm([
    [1, 2],
    [0, 2],
    [0, 1],
  ])
  peers[0]?.transport.send(1, { round: 0, sender: 0, vector: vector(4) })
  await peers[1]!.inbox.until(({ updates }) => updates.length === 1)
  peers[2]?.transport.pull(1, 0, 0)
  await peers[2]!.inbox.until(({ updates }) => updates.length === 1)
  expect(peers[2]!.inbox.updates[0]).toEqual({ round: 0, sender: 0, vector: vector(4) })
  expect(peers[2]!.inbox.rejected).toEqual([])
})

test('honest peers reset the channel of colluders without an event', async () => {
  const { nodes, peers } = await swarm(pair)
  const stream = (await connection(nodes, 0, 1).newStream(colludeProtocol)) as MemoryStream
  await turn()
  expect(stream.over).toBe(true)
  expect(peers[1]!.inbox.rejected).toEqual([])
})

test('colluders that are no neighbours exchange honest vectors', async () => {
  const world = await swarm([[2], [2], [0, 1]], {}, [], [0, 1])
  world.peers[0]?.transport.collude(1, { round: 2, sender: 0, vector: vector(9) })
  const inbox = world.peers[1]!.inbox
  await inbox.until(({ colluded }) => colluded.length === 1)
  expect(inbox.colluded).toEqual([{ round: 2, sender: 0, vector: vector(9) }])
  expect(inbox.updates).toEqual([])
  expect(world.peers[2]!.inbox.colluded).toEqual([])
})

/** The test speaks for peer 0 and sends peer 1 frames that no honest peer sends. */
async function hostile(options: Parameters<typeof swarm>[1] = {}) {
  const world: TestSwarm = await swarm([[1], [0], []], options, [0])
  const victim = world.peers[0]!
  const stream = (await connection(world.nodes, 0, 1).newStream(updateProtocol)) as MemoryStream
  return { ...world, victim, stream }
}

function connection(nodes: TestSwarm['nodes'], from: number, to: number): OverlayConnection {
  return nodes[from]!.connections()[to]!
}

const seal = { experiment, sender: 0, signer: testSigner(0), digest: testDigest, nonce: testNonce }

function sealed(update: Partial<Update> = {}, signedBy = 0): Promise<Sealed> {
  return sealUpdate({ ...seal, signer: testSigner(signedBy) }, 'model', {
    round: 0,
    sender: 0,
    vector: vector(1),
    ...update,
  })
}

function offer(stream: MemoryStream, header: Uint8Array, transfer = 1): void {
  stream.send(frameBytes(encodeFrame({ type: 'offer', transfer, header })))
}

function payload(stream: MemoryStream, bytes: Uint8Array, transfer = 1): void {
  for (let at = 0; at < bytes.byteLength; at += 12_000)
    stream.send(frameBytes(encodeFrame({ type: 'chunk', transfer, bytes: bytes.subarray(at, at + 12_000) })))
}

async function signed(fields: Partial<UpdateHeader>): Promise<Uint8Array> {
  const { header } = await sealed()
  const unsigned = { ...header, ...fields }
  const signature = await testSigner(0).sign(await headerDigest(unsigned, testDigest))
  return encodeHeader({ ...unsigned, signature: toHex(signature), ...fields })
}

const badHeaders: [RejectionReason, () => Promise<Uint8Array>][] = [
  ['wrong-experiment', () => signed({ experiment: 'ff'.repeat(32) })],
  ['wrong-shape', () => signed({ d: 4999 })],
  ['too-large', () => signed({ d: 4_000_000_000 })],
  ['wrong-shape', () => signed({ kind: 'gradient' })],
  ['bad-signature', () => signed({ signature: '00'.repeat(64) })],
  ['bad-signature', async () => (await sealed({}, 2)).bytes],
  [
    'not-a-neighbour',
    async () =>
      (
        await sealUpdate({ ...seal, sender: 2, signer: testSigner(2) }, 'model', {
          round: 0,
          sender: 2,
          vector: vector(1),
        })
      ).bytes,
  ],
  ['wrong-shape', () => Promise.resolve(Uint8Array.of(1, 2, 3))],
]

for (const [i, [reason, header]] of badHeaders.entries())
  test(`a header is refused as ${reason} before its payload is read (${i})`, async () => {
    const { victim, stream } = await hostile()
    offer(stream, await header())
    await victim.inbox.until(({ rejected }) => rejected.length > 0)
    expect(victim.inbox.rejected).toEqual([[0, reason]])
    const good = await sealed({ round: 1 })
    offer(stream, good.bytes, 2)
    payload(stream, payloadOf(good.vector), 2)
    await victim.inbox.until(({ updates }) => updates.length === 1)
  })

test('numbers that are not finite are refused', async () => {
  const { victim, stream } = await hostile()
  for (const [transfer, bad] of [Number.NaN, Number.POSITIVE_INFINITY].entries()) {
    const update = await sealed({ vector: vector(1).with(17, bad), round: transfer })
    offer(stream, update.bytes, transfer + 1)
    payload(stream, payloadOf(update.vector), transfer + 1)
  }
  await victim.inbox.until(({ rejected }) => rejected.length === 2)
  expect(victim.inbox.rejected.map(([, reason]) => reason)).toEqual(['not-finite', 'not-finite'])
  expect(victim.inbox.updates).toEqual([])
})

test('a payload that does not match its header is refused', async () => {
  const { victim, stream } = await hostile()
  const update = await sealed()
  offer(stream, update.bytes)
  payload(stream, payloadOf(vector(2)))
  await victim.inbox.until(({ rejected }) => rejected.length > 0)
  expect(victim.inbox.rejected).toEqual([[0, 'commitment-mismatch']])
})

test('a second update of the same round is refused', async () => {
  const { victim, stream } = await hostile()
  for (const [i, fill] of [1, 2].entries()) {
    const update = await sealed({ vector: vector(fill) })
    offer(stream, update.bytes, i + 1)
    payload(stream, payloadOf(update.vector), i + 1)
  }
  await victim.inbox.until(({ rejected }) => rejected.length > 0)
  expect(victim.inbox.rejected).toEqual([[0, 'duplicate']])
  expect(victim.inbox.updates.map((update) => update.vector[0])).toEqual([1])
})

test('a neighbour that offers too often is limited', async () => {
  const { victim, stream } = await hostile({ rate: { burst: 4, perSecond: 1 } })
  for (let round = 0; round < 6; round++) offer(stream, (await sealed({ round })).bytes, round + 1)
  await victim.inbox.until(({ rejected }) => rejected.length === 2)
  expect(victim.inbox.rejected.map(([, reason]) => reason)).toEqual(['rate-limited', 'rate-limited'])
})

test('a transfer that stops half-way ends at its deadline', async () => {
  const { victim, stream, clock } = await hostile({ transferDeadlineMs: 300 })
  const update = await sealed()
  offer(stream, update.bytes)
  payload(stream, payloadOf(update.vector).subarray(0, 10_000))
  await settleWhile(
    victim.inbox.until(({ rejected }) => rejected.length > 0),
    clock,
  )
  expect(victim.inbox.rejected).toEqual([[0, 'late']])
})

const breaches: [string, RejectionReason, (stream: MemoryStream) => void | Promise<void>][] = [
  ['random bytes', 'too-large', (stream) => void stream.send(new Uint8Array(4000).fill(0xee))],
  ['an unknown code', 'wrong-shape', (stream) => void stream.send(frameBytes(Uint8Array.of(99, 1, 2)))],
  ['a frame longer than any', 'too-large', (stream) => void stream.send(Uint8Array.of(0xff, 0xff, 0x7f, 1, 2, 3))],
  ['a chunk of a transfer that was never offered', 'wrong-shape', (stream) => payload(stream, new Uint8Array(100), 9)],
  [
    'more bytes than announced',
    'wrong-shape',
    async (stream) => {
      offer(stream, (await sealed()).bytes)
      payload(stream, new Uint8Array(30_000))
    },
  ],
  [
    'acknowledgements of bytes that were not sent',
    'wrong-shape',
    (stream) => void stream.send(frameBytes(encodeFrame({ type: 'acknowledgement', transfer: 1, offset: 4_000_000 }))),
  ],
  [
    'megabytes that ignore the window',
    'too-large',
    async (stream) => {
      offer(stream, (await sealed()).bytes)
      stream.send(new Uint8Array(2 * 1024 * 1024))
    },
  ],
  [
    'transfers counted backwards',
    'wrong-shape',
    async (stream) => {
      offer(stream, (await sealed()).bytes, 5)
      offer(stream, (await sealed()).bytes, 5)
    },
  ],
]

for (const [what, reason, act] of breaches)
  test(`the stream is reset after ${what}, which is counted as ${reason}`, async () => {
    const { victim, stream } = await hostile()
    const reset = new Promise<void>((resolve) => stream.addEventListener('close', resolve))
    await act(stream)
    await reset
    await turn()
    expect(victim.inbox.updates).toEqual([])
    expect(victim.transport.linked()).toEqual([])
    expect(victim.inbox.rejected).toEqual([[0, reason]])
  })

test('a flood of frames without payload resets the stream', async () => {
  for (const frame of [{ type: 'heartbeat' } as const, { type: 'absence', round: 1, sender: 0 } as const]) {
    const { victim, stream } = await hostile()
    const bytes = frameBytes(encodeFrame(frame))
    for (let sent = 0; sent < 10 && !stream.over; sent++) {
      const many = new Uint8Array(1000 * bytes.byteLength)
      for (let i = 0; i < 1000; i++) many.set(bytes, i * bytes.byteLength)
      stream.send(many)
      await turn()
    }
    await victim.inbox.until(({ rejected }) => rejected.length > 0)
    expect(victim.inbox.rejected).toEqual([[0, 'rate-limited']])
    expect(victim.inbox.heard).toBeLessThan(4200)
    expect(stream.over).toBe(true)
  }
})

test('tiny unread pieces cost no more than the bound', async () => {
  const { victim, stream } = await hostile()
  const held = await sealed()
  offer(stream, held.bytes)
  for (let sent = 0; sent < 20_000 && !stream.over; sent++) stream.send(Uint8Array.of(0x7f))
  await victim.inbox.until(({ rejected }) => rejected.length > 0)
  expect(victim.inbox.rejected).toEqual([[0, 'too-large']])
})

test('a peer that pulls an update again and again gets it a few times, and then no more', async () => {
  const { victim, stream } = await hostile()
  const frames: Frame[] = []
  const reading = (async () => {
    for await (const bytes of readFrames(stream, { frame: 20_000, pending: 10_000_000 })) {
      const frame = decodeFrame(bytes)
      if (frame.ok)
        frames.push(frame.value.type === 'chunk' ? { ...frame.value, bytes: new Uint8Array() } : frame.value)
      // Refusing ends the transfer, so that the next pull starts another one.
      if (frame.ok && frame.value.type === 'offer')
        stream.send(frameBytes(encodeFrame({ type: 'refusal', transfer: frame.value.transfer, reason: 'late' })))
      if (frame.ok && frame.value.type === 'offer')
        stream.send(frameBytes(encodeFrame({ type: 'pull', round: 0, sender: 1 })))
    }
  })()
  victim.transport.send(0, { round: 0, sender: 1, vector: vector(1) })
  while (!frames.some(({ type }) => type === 'absence')) await turn()
  expect(frames.filter(({ type }) => type === 'offer')).toHaveLength(5)
  await victim.transport.close()
  await reading
})

test('a peer of the roster that is no neighbour cannot open an update stream', async () => {
  const { nodes, peers } = await swarm([[1], [0], []])
  const stream = (await connection(nodes, 2, 1).newStream(updateProtocol)) as MemoryStream
  await turn()
  expect(stream.over).toBe(true)
  expect(peers[1]!.inbox.rejected).toEqual([[2, 'not-a-neighbour']])
})
