import { expect, test } from 'vitest'
import { dialEdges } from '#protocol/network/libp2p/dial.ts'
import { createGate } from '#protocol/network/libp2p/gate.ts'
import type { OverlayConnection, OverlayNode } from '#protocol/network/overlay-node.ts'
import { manualClock, nameOf } from './memory-nodes.ts'
import { settleWhile } from './peers.ts'

const webrtc = (index: number): string => `/ip4/127.0.0.1/tcp/1/ws/p2p/relay/p2p-circuit/webrtc/p2p/${nameOf(index)}`
const tcp = (index: number): string => `/ip4/127.0.0.1/tcp/${4000 + index}/p2p/${nameOf(index)}`
const roster = Array.from({ length: 6 }, (_, index) => ({
  index,
  peerId: nameOf(index),
  addresses: [`/ip4/127.0.0.1/tcp/1/ws/p2p/relay/p2p-circuit/p2p/${nameOf(index)}`, webrtc(index), tcp(index)],
}))

/**
 * A node with dials that fail a given number of times, then leave a relayed and a direct connection, as WebRTC does.
 */
function dialler(
  failures: number,
): OverlayNode & { dialled: (readonly string[])[]; patience: (number | undefined)[]; open: OverlayConnection[] } {
  const dialled: (readonly string[])[] = []
  const patience: (number | undefined)[] = []
  const open: OverlayConnection[] = []
  const connect = (peerId: string, limits?: object): OverlayConnection => {
    const connection = {
      remotePeer: peerId,
      status: 'open',
      ...(limits ? { limits } : {}),
      newStream: () => Promise.reject(new Error('no streams here')),
      close: () => Promise.resolve(void open.splice(open.indexOf(connection), 1)),
    }
    open.push(connection)
    return connection
  }
  return {
    peerId: nameOf(0),
    dialled,
    patience,
    open,
    handle: () => Promise.resolve(),
    unhandle: () => Promise.resolve(),
    connections: () => [...open],
    async dial(addresses, withinMs) {
      dialled.push(addresses)
      patience.push(withinMs)
      const peerId = addresses[0]?.split('/').at(-1) ?? ''
      if (dialled.filter((earlier) => earlier[0]?.endsWith(peerId)).length <= failures) throw new Error('lost a race')
      connect(peerId, {})
      return connect(peerId)
    },
  }
}

test('dials that fail are tried again, and only the direct connections stay', async () => {
  const node = dialler(2)
  const clock = manualClock()
  const { signal } = new AbortController()
  const dialling = dialEdges({ node, self: 0, roster, peers: [1, 2], links: 'webrtc', clock, signal })
  expect(await settleWhile(dialling, clock)).toEqual({ connected: [1, 2], failed: [] })
  expect(node.dialled.length).toBe(6)
  expect(node.open.map(({ limits }) => limits)).toEqual([undefined, undefined])
})

test('a dial gets more time after each failure, up to a maximum', async () => {
  const node = dialler(10)
  const clock = manualClock()
  const { signal } = new AbortController()
  await settleWhile(dialEdges({ node, self: 0, roster, peers: [1], links: 'webrtc', clock, signal }), clock)
  expect(node.patience.slice(0, 4)).toEqual([2500, 2500, 5000, 5000])
  expect(node.patience).toEqual([...node.patience].sort((a, b) => (a as number) - (b as number)))
  expect(node.patience.at(-1)).toBe(15_000)
})

test('webrtc dials only WebRTC addresses, auto takes a TCP address if there is one', async () => {
  for (const [links, address] of [
    ['webrtc', webrtc(1)],
    ['auto', tcp(1)],
  ] as const) {
    const node = dialler(0)
    const clock = manualClock()
    const { signal } = new AbortController()
    await settleWhile(dialEdges({ node, self: 0, roster, peers: [1], links, clock, signal }), clock)
    expect(node.dialled).toEqual([[address]])
  }
})

test('the higher index waits to be dialled, and reports a dial that never came', async () => {
  const node = dialler(0)
  const clock = manualClock()
  const controller = new AbortController()
  clock.schedule(5000, () => controller.abort())
  const dialling = dialEdges({ node, self: 3, roster, peers: [1], links: 'webrtc', clock, signal: controller.signal })
  expect(await settleWhile(dialling, clock)).toEqual({
    connected: [],
    failed: [{ peer: 1, detail: 'it did not dial in time' }],
  })
  expect(node.dialled).toEqual([])
})

test('the number of dials is bounded, because a browser can open only so many connections', async () => {
  const node = dialler(1000)
  const clock = manualClock()
  const controller = new AbortController()
  clock.schedule(60_000, () => controller.abort())
  const { signal } = controller
  const dialling = dialEdges({ node, self: 0, roster, peers: [1, 2], links: 'webrtc', clock, signal, budget: 7 })
  const { failed } = await settleWhile(dialling, clock)
  expect(node.dialled.length).toBe(7)
  expect(failed.map(({ peer }) => peer)).toEqual([1, 2])
})

test('the gate denies every peer outside its list, over every path', () => {
  const gate = createGate('listed', ['relay'])
  const denied = (peer: string): boolean[] => [
    gate.hooks.denyDialPeer(peer),
    gate.hooks.denyInboundRelayedConnection('relay', peer),
    gate.hooks.denyInboundEncryptedConnection(peer),
    gate.hooks.denyInboundUpgradedConnection(peer),
  ]
  expect(denied('relay')).toEqual([false, false, false, false])
  expect(denied('stranger')).toEqual([true, true, true, true])
  gate.allow(['stranger'])
  expect(denied('stranger')).toEqual([false, false, false, false])
  gate.forbid(['stranger'])
  expect(denied('stranger')).toEqual([true, true, true, true])
  expect(createGate('open').hooks.denyInboundUpgradedConnection('stranger')).toBe(false)
})
