import { expect, test } from 'vitest'
import { createLifetime } from '#protocol/network/lifetime.ts'
import type { Link } from '#protocol/network/link.ts'
import { createOpening } from '#protocol/network/opening.ts'
import type { OverlayConnection, OverlayNode } from '#protocol/network/overlay-node.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { type MemoryStream, manualClock, nameOf, streamPair } from './memory-nodes.ts'
import { turn } from './peers.ts'

/** Peer `self` with a link to peer 1, its opened streams, and the streams that its link accepted. */
async function opening(self: PeerIndex) {
  const clock = manualClock()
  const lifetime = createLifetime(clock)
  const opened: MemoryStream[] = []
  const attached: { readonly stream: unknown; readonly lost: () => void }[] = []
  const refused: PeerIndex[] = []
  const limits: { relayed?: object } = {}
  const connection = (): OverlayConnection => ({
    remotePeer: nameOf(1),
    status: 'open',
    ...(limits.relayed ? { limits: limits.relayed } : {}),
    newStream: () => Promise.resolve(opened[opened.push(streamPair()[0]) - 1] as MemoryStream),
    close: () => Promise.resolve(),
  })
  let take: Parameters<OverlayNode['handle']>[1] = () => {}
  const node: OverlayNode = {
    peerId: nameOf(self),
    async handle(_protocol, handler) {
      take = handler
    },
    unhandle: () => Promise.resolve(),
    connections: () => [connection()],
    dial: () => Promise.reject(new Error('connected already')),
  }
  const link: Link = {
    get open() {
      return attached.length > 0
    },
    attach: (stream, lost) => void attached.push({ stream, lost }),
    offer() {},
    pull: () => false,
    heartbeat() {},
    close() {},
  }
  const roster = [0, 1, 2, 3].map((index) => ({ index, peerId: nameOf(index) }))
  await createOpening({
    node,
    protocol: '/test',
    self,
    roster,
    links: new Map([[1, link]]),
    lifetime,
    refused: (remote) => void refused.push(remote),
  }).accept()
  const come = (from: OverlayConnection): MemoryStream => {
    const [stream] = streamPair()
    take(stream, from)
    return stream
  }
  return { clock, lifetime, opened, attached, refused, limits, connection, come }
}

test('no stream is opened or accepted over a relay; it is opened when the connection is direct', async () => {
  const { clock, opened, attached, refused, limits, connection, come } = await opening(0)
  limits.relayed = {}
  clock.advance(1000)
  await turn()
  expect(come(connection()).over).toBe(true)
  expect(refused).toEqual([1])
  expect(opened).toEqual([])
  delete limits.relayed
  clock.advance(250)
  await turn()
  expect(attached.map(({ stream }) => stream)).toEqual(opened)
  expect(opened.length).toBe(1)
})

test('the higher index opens no stream, and accepts those that come', async () => {
  const { clock, opened, attached, connection, come } = await opening(2)
  clock.advance(10_000)
  await turn()
  expect(opened).toEqual([])
  const stream = come(connection())
  expect(attached.map((taken) => taken.stream)).toEqual([stream])
})

test('a lost stream is opened again after 250 ms, and not after the end', async () => {
  const { clock, lifetime, opened, attached } = await opening(0)
  clock.advance(0)
  await turn()
  expect(opened.length).toBe(1)
  attached.pop()?.lost()
  clock.advance(249)
  await turn()
  expect(opened.length).toBe(1)
  clock.advance(1)
  await turn()
  expect(opened.length).toBe(2)
  attached.pop()?.lost()
  lifetime.end()
  clock.advance(10_000)
  await turn()
  expect(opened.length).toBe(2)
})
