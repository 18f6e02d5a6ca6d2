import { expect, test } from 'vitest'
import { frameBytes } from '#protocol/network/byte-stream.ts'
import { payloadOf, type Sealed, sealUpdate } from '#protocol/network/seal.ts'
import { updateProtocol } from '#protocol/network/transport.ts'
import { encodeEvidence, evidenceLimit, verifyEvidence } from '#protocol/wire/evidence.ts'
import { encodeFrame } from '#protocol/wire/frame.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { type MemoryStream, nameOf, testDigest, testNonce, testSigner } from './memory-nodes.ts'
import { experiment, swarm, turn, vector } from './peers.ts'

const triangle = [
  [1, 2],
  [0, 2],
  [0, 1],
]
const verify = testSigner(0).verify

function sealedBy(sender: PeerIndex, round: number, fill: number, kind: 'model' | 'honest' = 'model'): Promise<Sealed> {
  const seal = { experiment, sender, signer: testSigner(sender), digest: testDigest, nonce: testNonce }
  return sealUpdate(seal, kind, { round, sender, vector: vector(fill) })
}

async function offer(stream: MemoryStream, update: Sealed): Promise<void> {
  stream.send(frameBytes(encodeFrame({ type: 'offer', transfer: update.header.round + 1, header: update.bytes })))
  const bytes = payloadOf(update.vector)
  for (let at = 0; at < bytes.byteLength; at += 10_000) {
    const chunk = bytes.subarray(at, at + 10_000)
    stream.send(frameBytes(encodeFrame({ type: 'chunk', transfer: update.header.round + 1, bytes: chunk })))
  }
}

test('two updates for one round, one for each victim, prove equivocation at both', async () => {
  const { peers } = await swarm(triangle, { commitments: 'evidence' })
  for (const to of [1, 2]) peers[0]?.transport.send(to, { round: 0, sender: 0, vector: vector(to) })
  for (const self of [1, 2]) {
    const inbox = peers[self]!.inbox
    await inbox.until(({ accused }) => accused.length > 0)
    const [accused, evidence] = inbox.accused[0]!
    expect(accused).toBe(0)
    expect(evidence.byteLength).toBeLessThanOrEqual(evidenceLimit)
    const verdict = await verifyEvidence(evidence, verify, testDigest)
    expect(verdict).toMatchObject({ ok: true, value: { peerId: nameOf(0), first: { round: 0, sender: 0 } } })
    expect(inbox.accused.length).toBe(1)
  }
})

test('an honest peer is never accused, however often its update travels', async () => {
  const { peers } = await swarm(triangle, { commitments: 'evidence' })
  for (let round = 0; round < 3; round++) {
    for (const [self, { transport }] of peers.entries()) {
      const update = { round, sender: self, vector: vector(self + round) }
      for (const to of triangle[self] ?? []) transport.send(to, update)
    }
    for (const { inbox } of peers) await inbox.until(({ updates }) => updates.length === 2 * (round + 1))
  }
  for (const { inbox } of peers) {
    expect(inbox.accused).toEqual([])
    expect(inbox.rejected).toEqual([])
  }
})

test('headers that victims publish convict a signer that publishes none', async () => {
  const { peers, nodes } = await swarm(triangle, { commitments: 'evidence' }, [0])
  for (const to of [1, 2]) {
    const stream = (await nodes[0]!.connections()[to]!.newStream(updateProtocol)) as MemoryStream
    await offer(stream, await sealedBy(0, 0, to))
  }
  for (const { inbox } of peers) {
    await inbox.until(({ accused }) => accused.length > 0)
    expect(inbox.accused[0]?.[0]).toBe(0)
  }
})

test('evidence holds only for two valid headers of one key, round and kind', async () => {
  const [a, b, later, honest, other] = await Promise.all([
    sealedBy(0, 0, 1),
    sealedBy(0, 0, 2),
    sealedBy(0, 1, 3),
    sealedBy(0, 0, 4, 'honest'),
    sealedBy(1, 0, 5),
  ])
  const holds = async (first: Uint8Array, second: Uint8Array, accused = nameOf(0)): Promise<boolean> =>
    (await verifyEvidence(encodeEvidence(accused, first, second), verify, testDigest)).ok
  expect(await holds(a.bytes, b.bytes)).toBe(true)
  expect(await holds(a.bytes, a.bytes)).toBe(false)
  expect(await holds(a.bytes, later.bytes)).toBe(false)
  expect(await holds(a.bytes, honest.bytes)).toBe(false)
  expect(await holds(a.bytes, other.bytes)).toBe(false)
  expect(await holds(a.bytes, b.bytes, nameOf(1))).toBe(false)
  const forged = b.bytes.slice()
  forged[forged.byteLength - 1]! ^= 1
  expect(await holds(a.bytes, forged)).toBe(false)
})

test('before-reveal: no payload leaves before all neighbours have committed', async () => {
  const { peers, nodes } = await swarm(triangle, { commitments: 'before-reveal', commitDeadlineMs: 1000 })
  const send = (self: PeerIndex): void => {
    for (const to of triangle[self] ?? [])
      peers[self]?.transport.send(to, { round: 0, sender: self, vector: vector(self + 1) })
  }
  send(0)
  send(1)
  while (nodes[2]!.topicMessages.length < 2) await turn()
  for (let i = 0; i < 20; i++) await turn()
  expect(peers.flatMap(({ inbox }) => inbox.updates)).toEqual([])
  send(2)
  for (const { inbox } of peers) {
    await inbox.until(({ updates }) => updates.length === 2)
    expect(inbox.rejected).toEqual([])
  }
})

test('before-reveal: a neighbour without a commitment costs the deadline, and its update is refused', async () => {
  const { peers, nodes, clock } = await swarm(triangle, { commitments: 'before-reveal', commitDeadlineMs: 500 }, [2])
  const stream = (await nodes[2]!.connections()[0]!.newStream(updateProtocol)) as MemoryStream
  for (const self of [0, 1])
    for (const to of [0, 1].filter((peer) => peer !== self))
      peers[self]?.transport.send(to, { round: 0, sender: self, vector: vector(self + 1) })
  while (nodes[0]!.topicMessages.length < 1 || nodes[1]!.topicMessages.length < 1) await turn()
  for (let i = 0; i < 20; i++) await turn()
  expect(peers[0]!.inbox.updates).toEqual([])
  clock.advance(600)
  await peers[0]!.inbox.until(({ updates }) => updates.length === 1)
  // Its header comes after the others' payloads: too late for a commitment.
  const rushed = await sealedBy(2, 0, 9)
  nodes[2]!.headers!.publish(rushed.bytes)
  for (let i = 0; i < 5; i++) await turn()
  await offer(stream, rushed)
  await peers[0]!.inbox.until(({ rejected }) => rejected.length > 0)
  expect(peers[0]!.inbox.rejected).toEqual([[2, 'commitment-mismatch']])
})

test('before-reveal: a payload other than the committed one is refused', async () => {
  const { peers, nodes } = await swarm([[1], [0]], { commitments: 'before-reveal' }, [0])
  const stream = (await nodes[0]!.connections()[1]!.newStream(updateProtocol)) as MemoryStream
  nodes[0]!.headers!.publish((await sealedBy(0, 0, 1)).bytes)
  for (let i = 0; i < 20; i++) await turn()
  await offer(stream, await sealedBy(0, 0, 2))
  await peers[0]!.inbox.until(({ rejected }) => rejected.length > 0)
  expect(peers[0]!.inbox.rejected).toEqual([[0, 'commitment-mismatch']])
  expect(peers[0]!.inbox.accused.length).toBe(1)
})

test('before-reveal: a peer that commits and then sends nothing has withheld its update', async () => {
  const { peers, nodes } = await swarm([[1], [0]], { commitments: 'before-reveal' }, [0])
  nodes[0]!.headers!.publish((await sealedBy(0, 0, 1)).bytes)
  for (let i = 0; i < 20; i++) await turn()
  const victim = peers[0]!
  for (const round of [0, 1]) victim.transport.send(0, { round, sender: 1, vector: vector(1) })
  await victim.inbox.until(({ rejected }) => rejected.length > 0)
  expect(victim.inbox.rejected).toEqual([[0, 'withheld']])
})

test('gossip: each payload crosses the network once for each neighbour that needs it', async () => {
  const n = 5
  const complete = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => j).filter((j) => j !== i))
  const { peers } = await swarm(complete, { dissemination: 'gossip' })
  for (const [self, { transport }] of peers.entries()) {
    const update = { round: 0, sender: self, vector: vector(self) }
    for (const to of complete[self] ?? []) transport.send(to, update)
  }
  for (const { inbox } of peers) {
    await inbox.until(({ updates }) => updates.length === n - 1)
    expect(inbox.rejected).toEqual([])
  }
  const sent = peers.reduce((sum, { transport }) => sum + transport.traffic().bytesSent, 0)
  expect(sent / (4 * 5000)).toBeGreaterThanOrEqual(n * (n - 1))
  expect(sent / (4 * 5000)).toBeLessThan(1.1 * n * (n - 1))
})

test('gossip: if the sender is gone, another neighbour hands its update on', async () => {
  const { peers, nodes } = await swarm(triangle, { dissemination: 'gossip' }, [0])
  const update = await sealedBy(0, 0, 3)
  const stream = (await nodes[0]!.connections()[1]!.newStream(updateProtocol)) as MemoryStream
  await offer(stream, update)
  await peers[0]!.inbox.until(({ updates }) => updates.length === 1)
  // Peer 2 gets the header but has no link to the sender.
  nodes[0]!.headers!.publish(update.bytes)
  await peers[1]!.inbox.until(({ updates }) => updates.length === 1)
  expect(peers[1]!.inbox.updates[0]?.vector).toEqual(vector(3))
})
