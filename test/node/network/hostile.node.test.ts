import { afterAll, expect, test } from 'vitest'
import { createHearsayNode } from '#node/network/create-node.ts'
import { nodeDigest, nodeNonce } from '#node/network/digest.ts'
import { startRelay } from '#node/network/relay.ts'
import { type ByteStream, frameBytes } from '#protocol/network/byte-stream.ts'
import { dialEdges } from '#protocol/network/libp2p/dial.ts'
import { directConnection } from '#protocol/network/overlay-node.ts'
import { payloadOf, sealUpdate } from '#protocol/network/seal.ts'
import { colludeProtocol, createNetworkTransport, updateProtocol } from '#protocol/network/transport.ts'
import { toHex } from '#protocol/record/hex.ts'
import type { RejectionReason, Update } from '#protocol/round/update.ts'
import { encodeFrame } from '#protocol/wire/frame.ts'
import { encodeHeader, headerDigest, type UpdateHeader } from '#protocol/wire/update-header.ts'
import { clock, experiment, listenTo } from './swarm.ts'

const d = 20_000
const relay = await startRelay()
const signal = AbortSignal.timeout(30_000)
/** The test speaks for peer 0; peer 1 is a real peer. They are neighbours over WebRTC. */
const nodes = await Promise.all([0, 1].map(() => createHearsayNode({ relay: relay.multiaddr })))
const [byzantinePeer, victim] = [nodes[0]!, nodes[1]!]
const addresses = await Promise.all(nodes.map((node) => node.whenReachable(signal)))
const roster = nodes.map(({ peerId }, index) => ({ index, peerId, addresses: addresses[index] ?? [] }))
byzantinePeer.gate.allow([victim.peerId])
victim.gate.allow([byzantinePeer.peerId])
const transport = await createNetworkTransport({
  node: victim.overlay,
  self: 1,
  roster,
  neighbours: [0],
  experiment,
  kind: 'model',
  d,
  signer: victim.signer,
  digest: nodeDigest,
  clock,
  nonce: nodeNonce,
  rate: { burst: 1000, perSecond: 1000 },
})
const inbox = listenTo(transport)
const dialled = await dialEdges({
  node: byzantinePeer.overlay,
  self: 0,
  roster,
  peers: [1],
  links: 'webrtc',
  clock,
  signal,
})
afterAll(async () => {
  await transport.close()
  await Promise.all([...nodes, relay].map((part) => part.stop()))
})

let transfer = 0
let round = 0
const open = (protocol = updateProtocol): Promise<ByteStream> => {
  const connection = directConnection(byzantinePeer.overlay, victim.peerId)
  return connection ? connection.newStream(protocol) : Promise.reject(new Error(JSON.stringify(dialled.failed)))
}
const stream = await open()

function send(header: Uint8Array, payload?: Uint8Array): void {
  transfer += 1
  stream.send(frameBytes(encodeFrame({ type: 'offer', transfer, header })))
  for (let at = 0; payload && at < payload.byteLength; at += 16_000)
    stream.send(frameBytes(encodeFrame({ type: 'chunk', transfer, bytes: payload.subarray(at, at + 16_000) })))
}

function seal(change: Partial<Update> = {}, signer = byzantinePeer.signer) {
  const update = { round: round++, sender: 0, vector: new Float32Array(d).fill(0.5), ...change }
  return sealUpdate({ experiment, sender: 0, signer, digest: nodeDigest, nonce: nodeNonce }, 'model', update)
}

async function signed(change: Partial<UpdateHeader>): Promise<Uint8Array> {
  const header = { ...(await seal()).header, ...change }
  return encodeHeader({
    ...header,
    signature: toHex(await byzantinePeer.signer.sign(await headerDigest(header, nodeDigest))),
  })
}

async function reasonFor(act: () => Promise<void>): Promise<RejectionReason | undefined> {
  const before = inbox.rejected.length
  await act()
  await inbox.until(({ rejected }) => rejected.length > before)
  return inbox.rejected.at(-1)?.[1]
}

test('an honest update is accepted', async () => {
  const update = await seal()
  send(update.bytes, payloadOf(update.vector))
  await inbox.until(({ updates }) => updates.length === 1)
  expect(inbox.rejected).toEqual([])
})

test('each Byzantine update is rejected for its own reason, over real WebRTC and with real keys', async () => {
  expect(await reasonFor(async () => send(await signed({ experiment: 'ff'.repeat(32) })))).toBe('wrong-experiment')
  expect(await reasonFor(async () => send(await signed({ d: d - 1 })))).toBe('wrong-shape')
  expect(await reasonFor(async () => send(await signed({ d: 0xffff_ffff })))).toBe('too-large')
  expect(await reasonFor(async () => send((await seal({}, victim.signer)).bytes))).toBe('bad-signature')
  expect(await reasonFor(async () => send(new Uint8Array(40).fill(7)))).toBe('wrong-shape')
  const infinite = await seal({ vector: new Float32Array(d).fill(Number.POSITIVE_INFINITY) })
  expect(await reasonFor(async () => send(infinite.bytes, payloadOf(infinite.vector)))).toBe('not-finite')
  const other = await seal()
  expect(await reasonFor(async () => send(other.bytes, new Uint8Array(4 * d)))).toBe('commitment-mismatch')
  expect(inbox.updates.length).toBe(1)
})

test('an honest peer resets the channel of colluders', async () => {
  // On a busy machine the reset overtakes the answer to the opener.
  const channel = await open(colludeProtocol).catch((error: Error) => error)
  if (channel instanceof Error) return expect(channel.message).toMatch(/reset|stream closed/i)
  await new Promise<void>((resolve) => channel.addEventListener('close', () => resolve()))
})

test('megabytes beyond the window end the stream, and the next stream works', async () => {
  const closed = new Promise<void>((resolve) => stream.addEventListener('close', resolve))
  try {
    for (let i = 0; i < 8; i++) {
      stream.send(new Uint8Array(1024 * 1024))
      await stream.onDrain()
    }
  } catch {
    // The victim has reset the stream, as expected.
  }
  await closed
  const next = await open()
  const update = await seal()
  next.send(frameBytes(encodeFrame({ type: 'offer', transfer: 1, header: update.bytes })))
  const payload = payloadOf(update.vector)
  for (let at = 0; at < payload.byteLength; at += 16_000)
    next.send(frameBytes(encodeFrame({ type: 'chunk', transfer: 1, bytes: payload.subarray(at, at + 16_000) })))
  await inbox.until(({ updates }) => updates.length === 2)
})
