import { afterAll, expect, test } from 'vitest'
import { createHearsayNode } from '#node/network/create-node.ts'
import { startRelay } from '#node/network/relay.ts'
import { type Inbox, isGenuine, listenTo, unwire, vectorOf, wire } from './swarm.ts'

const relay = await startRelay()
const ring = [
  [1, 2],
  [0, 2],
  [0, 1],
]
const peers = await wire(relay.multiaddr, ring)
const inboxes = peers.map(({ transport }) => listenTo(transport))
afterAll(() => unwire(peers))

async function exchange(round: number): Promise<void> {
  for (const [self, { transport }] of peers.entries()) {
    const update = { round, sender: self, vector: vectorOf(self, round) }
    for (const to of ring[self] ?? []) transport.send(to, update)
  }
  await Promise.all(
    inboxes.map((inbox: Inbox) =>
      inbox.until(({ updates }) => updates.filter((update) => update.round === round).length === 2),
    ),
  )
}

test('three Node peers exchange updates of 318 kB over WebRTC', async () => {
  await exchange(0)
  for (const [self, inbox] of inboxes.entries()) {
    expect(inbox.updates.every(isGenuine)).toBe(true)
    expect(inbox.updates.map(({ sender }) => sender).sort()).toEqual(ring[self])
    expect(inbox.rejected).toEqual([])
  }
  for (const { node } of peers)
    for (const { limits, remotePeer } of node.overlay.connections())
      if (peers.some((peer) => peer.node.peerId === remotePeer.toString())) expect(limits).toBeUndefined()
})

test('a stranger who knows the address is refused', async () => {
  const stranger = await createHearsayNode({ relay: relay.multiaddr, admission: 'open' })
  const target = peers[0]?.node.addresses().filter((address) => address.includes('/webrtc')) ?? []
  await expect(stranger.overlay.dial(target)).rejects.toThrow()
  expect(peers[0]?.node.overlay.connections().some((c) => c.remotePeer.toString() === stranger.peerId)).toBe(false)
  await stranger.stop()
})

test('updates still flow after the relay is gone', async () => {
  await relay.stop()
  await exchange(1)
  await exchange(2)
  for (const inbox of inboxes) expect(inbox.rejected).toEqual([])
})
