import { expect, test } from 'vitest'
import { loadDataset } from '#node/data/load.ts'
import { nodeDigest } from '#node/network/digest.ts'
import { nodeTimers, startWorker } from '#node/session/join.ts'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { type ByteStream, frameBytes, readFrames } from '#protocol/network/byte-stream.ts'
import { createGate } from '#protocol/network/libp2p/gate.ts'
import type { HearsayNode } from '#protocol/network/libp2p/hearsay-node.ts'
import { joinExperiment } from '#protocol/session/join.ts'
import type { JoinProgress, JoinViolation } from '#protocol/session/join-shell.ts'
import { decodePeerMessage, joinProtocol, type PeerMessage } from '#protocol/wire/control.ts'
import { encodeCanonical } from '#protocol/wire/decoded.ts'
import { eventsProtocol } from '#protocol/wire/event-batch.ts'
import {
  type MemoryNode,
  type MemoryStream,
  memoryNodes,
  nameOf,
  testNonce,
  testSigner,
} from '../network/memory-nodes.ts'

const experiment = experimentSchema.parse({
  name: 'members-in-a-test',
  peers: { honest: 2 },
  topology: { name: 'complete' },
  learning: { dataset: 'digits', model: 'softmax-regression', engine: 'wasm' },
  aggregation: { name: 'average' },
  rounds: { count: 2, evaluateEvery: 2 },
  runtime: { name: 'hosted' },
})

/** Peers 1 and 2 are members, the test speaks for the coordinator (node 0), and node 3 is a silent guest. */
async function world() {
  const nodes = memoryNodes(4)
  const joined = new Map<string, ByteStream>()
  const heard: [peerId: string, message: PeerMessage][] = []
  const wakes = new Set<() => void>()
  await nodes[0]?.handle(
    joinProtocol,
    (stream, { remotePeer }) => {
      const name = remotePeer.toString()
      joined.set(name, stream)
      const read = async (): Promise<void> => {
        for await (const bytes of readFrames(stream, { frame: 1 << 20, pending: 1 << 22 })) {
          const message = decodePeerMessage(bytes)
          if (!message.ok) throw new Error('a member said what is no message')
          heard.push([name, message.value])
          for (const wake of wakes) wake()
        }
      }
      void read()
    },
    { maxInboundStreams: 4, maxOutboundStreams: 4 },
  )
  await nodes[0]?.handle(eventsProtocol, () => {}, { maxInboundStreams: 4, maxOutboundStreams: 4 })
  const say = (node: number, message: object): unknown =>
    joined.get(nameOf(node))?.send(frameBytes(encodeCanonical(message)))
  /** The next message of that type from a member; each message only once. */
  const next = <T extends PeerMessage['type']>(node: number, type: T): Promise<Extract<PeerMessage, { type: T }>> =>
    new Promise((resolve) => {
      const look = (): void => {
        const at = heard.findIndex(([name, message]) => name === nameOf(node) && message.type === type)
        if (at < 0) return
        wakes.delete(look)
        resolve(heard.splice(at, 1)[0]?.[1] as Extract<PeerMessage, { type: T }>)
      }
      wakes.add(look)
      look()
    })
  const gates = new Map(nodes.map((_, node) => [node, createGate('listed')]))
  const member = (node: number, progress: JoinProgress = {}): Promise<string> => {
    const overlay = nodes[node] as MemoryNode
    const hearsay: HearsayNode = {
      peerId: overlay.peerId,
      overlay,
      signer: testSigner(node),
      gate: gates.get(node) as ReturnType<typeof createGate>,
      addresses: () => [],
      connect: async () => nameOf(0),
      whenReachable: async () => [],
      gossipWith: () => {},
      stop: async () => {},
    }
    return joinExperiment(
      {
        kind: 'process',
        node: hearsay,
        fetchData: () => Promise.reject(new Error('it has files')),
        readDataset: loadDataset,
        startCompute: startWorker,
        digest: nodeDigest,
        timers: nodeTimers,
        nonce: testNonce,
      },
      { coordinator: 'by hand', token: 'any', signal: new AbortController().signal, progress },
    )
  }
  /** Seats 0 and 1 go to these nodes. */
  const assignment = (index: number, seated: readonly [number, number]) => ({
    type: 'assignment',
    index,
    n: 2,
    experimentId: 'ab'.repeat(32),
    experiment,
    roster: seated.map((node, seat) => ({ index: seat, peerId: nameOf(node), addresses: [] })),
    neighbours: [1 - index],
  })
  return { nodes, gates, say, next, member, assignment }
}

/** Sends stop to both members when both have finished. */
function ending(say: (node: number, message: object) => unknown): JoinProgress {
  let finished = 0
  return {
    finished() {
      finished++
      if (finished === 2) for (const node of [1, 2]) say(node, { type: 'stop', reason: 'finished' })
    },
  }
}

test('a member with a silent neighbour reports it, gives up its place and takes part with the next assignment', async () => {
  const { gates, say, next, member, assignment } = await world()
  const stages: string[] = []
  const ends = ending(say)
  const first = member(1, {
    ...ends,
    waiting: () => stages.push('waiting'),
    assigned: ({ roster }) => stages.push(`assigned with ${roster[1]?.peerId}`),
    started: () => stages.push('started'),
  })
  await next(1, 'hello')
  say(1, assignment(0, [1, 3]))
  say(1, { type: 'how-far' })
  expect((await next(1, 'so-far')).missing).toEqual([1])
  say(1, { type: 'reseating', reason: 'seat 1 is free again' })
  const second = member(2, ends)
  await next(2, 'hello')
  say(1, assignment(0, [1, 2]))
  say(2, assignment(1, [1, 2]))
  expect((await next(1, 'ready')).edges).toEqual([1])
  expect((await next(2, 'ready')).edges).toEqual([0])
  expect(gates.get(1)?.allows(nameOf(2))).toBe(true)
  expect(gates.get(1)?.allows(nameOf(3))).toBe(false)
  for (const node of [1, 2]) say(node, { type: 'start' })
  expect(stages).toEqual(['waiting', `assigned with ${nameOf(3)}`, 'waiting', `assigned with ${nameOf(2)}`])
  expect(await Promise.all([first, second])).toEqual(['finished', 'finished'])
  expect(stages.at(-1)).toBe('started')
})

test('an assignment needs no message before it, and one after the start is counted and changes nothing', async () => {
  const { nodes, say, next, member, assignment } = await world()
  const violations: [JoinViolation, number][] = []
  let begun = (): void => {}
  const started = new Promise<void>((resolve) => {
    begun = resolve
  })
  const ends = ending(say)
  const progress: JoinProgress = {
    ...ends,
    violated: (violation, count) => violations.push([violation, count]),
    started: () => begun(),
  }
  const runs = [member(1, progress), member(2, ends)]
  await Promise.all([next(1, 'hello'), next(2, 'hello')])
  say(1, assignment(0, [1, 3]))
  say(1, assignment(0, [1, 2]))
  say(2, assignment(1, [1, 2]))
  await Promise.all([next(1, 'ready'), next(2, 'ready')])
  for (const node of [1, 2]) say(node, { type: 'start' })
  say(1, assignment(0, [1, 3]))
  say(1, { type: 'reseating', reason: 'never mind' })
  say(1, assignment(0, [1, 3]))
  await started
  const stranger = (await nodes[3]?.connections()[1]?.newStream(joinProtocol)) as MemoryStream
  expect(await Promise.all(runs)).toEqual(['finished', 'finished'])
  expect(stranger.over).toBe(true)
  expect(violations.toSorted()).toEqual([
    ['late-assignment', 1],
    ['late-assignment', 2],
    ['not-the-coordinator', 1],
    ['out-of-turn', 1],
  ])
})

test.each<[string, object]>([
  [
    'a program as its rule',
    { experiment: { ...experiment, aggregation: { name: 'command', command: ['touch', 'x'] } } },
  ],
  ['a module as its rule', { experiment: { ...experiment, aggregation: { name: 'module', module: 'x.ts' } } }],
  ['a module as its attack', { byzantine: { attack: { name: 'module', module: 'x.ts' }, colluders: [], victims: [] } }],
])('a guest that is assigned %s leaves in one line, and runs nothing', async (_, named) => {
  const { say, next, member, assignment } = await world()
  const ended = member(1)
  await next(1, 'hello')
  const told = assignment(0, [1, 2])
  const runtime = { name: 'processes', links: 'auto' }
  const { experiment: asked = told.experiment, ...more } = named as { experiment?: object }
  say(1, { ...told, ...more, experiment: experimentSchema.parse({ ...asked, runtime }) })
  await expect(ended).rejects.toThrow(
    /^the run needs code from the host \((aggregation|attack)\), and a guest runs no code from a host$/,
  )
})
