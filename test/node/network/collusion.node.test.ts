import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { afterAll, expect, test } from 'vitest'
import { startRelay } from '#node/network/relay.ts'
import { colludeProtocol, updateProtocol } from '#protocol/network/transport.ts'
import { listenTo, type SwarmPeer, unwire, vectorOf, wire } from './swarm.ts'

const relay = await startRelay()
const ring = [
  [1, 3],
  [0, 2],
  [1, 3],
  [0, 2],
]
/** Peers 0 and 2 collude and are no neighbours. */
const peers = await wire(relay.multiaddr, ring, { commitments: 'evidence' }, 'auto', [0, 2])
const inboxes = peers.map(({ transport }) => listenTo(transport))
afterAll(async () => {
  await unwire(peers)
  await relay.stop()
})

test('colluders exchange honest vectors over their own link, which stays out of pubsub', async () => {
  const [first] = peers
  const inbox = inboxes[2]
  first?.transport.collude(2, { round: 0, sender: 0, vector: vectorOf(0, 0) })
  await inbox?.until(({ colluded }) => colluded.length === 1)
  expect(inbox?.updates).toEqual([])
  const neighbourIds = [1, 3].map((peer) => peers[peer]?.node.peerId).sort()
  expect([...(first?.node.overlay.headers?.listeners() ?? [])].sort()).toEqual(neighbourIds)
})

test('identify does not reveal the colluders', async () => {
  const probe = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify({ runOnConnectionOpen: false }) },
  })
  const lists = await Promise.all(peers.map((peer) => identified(probe, peer)))
  await probe.stop()
  expect(lists[0]).toContain(updateProtocol)
  expect(lists[0]).toContain(colludeProtocol)
  for (const list of lists) expect(list).toEqual(lists[0])

  async function identified(from: typeof probe, { node }: SwarmPeer): Promise<string[]> {
    node.gate.allow([from.peerId.toString()])
    const address = node.addresses().find((a) => !a.includes('/ws') && !a.includes('/p2p-circuit')) ?? ''
    const connection = await from.dial(multiaddr(address))
    return [...(await from.services.identify.identify(connection)).protocols].sort()
  }
})
