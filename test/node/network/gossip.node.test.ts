import { afterAll, expect, test } from 'vitest'
import { nodeDigest } from '#node/network/digest.ts'
import { startRelay } from '#node/network/relay.ts'
import { evidenceLimit, verifyEvidence } from '#protocol/wire/evidence.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { isGenuine, listenTo, type SwarmPeer, unwire, vectorOf, wire } from './swarm.ts'

const n = 8
const complete = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => j).filter((j) => j !== i))
const relay = await startRelay()
const accusations: [PeerIndex, Uint8Array][] = []
let swarm: readonly SwarmPeer[] = []
afterAll(async () => {
  await unwire(swarm)
  await relay.stop()
})

test('gossip: among 8 peers on the complete graph each update crosses the network 7 times', async () => {
  swarm = await wire(relay.multiaddr, complete, {
    dissemination: 'gossip',
    commitments: 'evidence',
    equivocated: (accused, evidence) => accusations.push([accused, evidence]),
  })
  const inboxes = swarm.map(({ transport }) => listenTo(transport))
  for (let round = 0; round < 2; round++) {
    for (const [self, { transport }] of swarm.entries()) {
      const update = { round, sender: self, vector: vectorOf(self, round) }
      for (const to of complete[self] ?? []) transport.send(to, update)
    }
    await Promise.all(inboxes.map((inbox) => inbox.until(({ updates }) => updates.length === (round + 1) * (n - 1))))
  }
  for (const inbox of inboxes) {
    expect(inbox.updates.every(isGenuine)).toBe(true)
    expect(inbox.rejected).toEqual([])
  }
  const payload = 4 * 79_510
  const sent = swarm.reduce((sum, { transport }) => sum + transport.traffic().bytesSent, 0)
  const copies = sent / payload / (2 * n)
  expect(copies).toBeGreaterThanOrEqual(n - 1)
  expect(copies).toBeLessThan((n - 1) * 1.02)
  expect(accusations).toEqual([])
})

test('evidence: less than 500 bytes prove that a key signed two updates for one round', async () => {
  const byzantinePeer = swarm[3]
  const inbox = swarm[5] && listenTo(swarm[5].transport)
  for (const to of [4, 5]) byzantinePeer?.transport.send(to, { round: 9, sender: 3, vector: vectorOf(3, to) })
  await inbox?.until(() => accusations.length > 0)
  const [accused, evidence] = accusations[0] ?? [-1, new Uint8Array(0)]
  expect(accused).toBe(3)
  expect(evidence.byteLength).toBeGreaterThan(0)
  expect(evidence.byteLength).toBeLessThanOrEqual(evidenceLimit)
  const judge = swarm[0]?.node.signer
  const verdict = await verifyEvidence(
    evidence,
    (...claim) => judge?.verify(...claim) ?? Promise.resolve(false),
    nodeDigest,
  )
  expect(verdict).toMatchObject({ ok: true, value: { peerId: byzantinePeer?.node.peerId } })
})
