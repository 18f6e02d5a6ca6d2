import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Coordinator, createCoordinator } from '#harness/coordinator/coordinator.ts'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { frameBytes, readFrames } from '#protocol/network/byte-stream.ts'
import { planOf } from '#protocol/plan/plan.ts'
import type { LoggedEvent, RunEvent } from '#protocol/record/events.ts'
import { type CoordinatorMessage, decodeCoordinatorMessage, joinProtocol } from '#protocol/wire/control.ts'
import { encodeCanonical } from '#protocol/wire/decoded.ts'
import { encodeEventBatch, eventsProtocol } from '#protocol/wire/event-batch.ts'
import { type MemoryNode, type MemoryStream, memoryNodes, nameOf } from '../../protocol/network/memory-nodes.ts'
import { turn } from '../../protocol/network/peers.ts'

const experiment = experimentSchema.parse({
  name: 'coordinated',
  peers: { honest: 2, byzantine: 1, placement: [2] },
  topology: { name: 'complete' },
  learning: { dataset: 'digits' },
  aggregation: { name: 'median' },
  attack: { name: 'sign-flip' },
  rounds: { count: 5 },
  runtime: { name: 'processes' },
})
const plan = planOf(experiment)

/** Node 0 coordinates, the test speaks for peers on nodes 1 to 3, and node 4 is a stranger. */
async function world(changes: { readonly silenceMs?: number } = {}) {
  const nodes = memoryNodes(5)
  const log: LoggedEvent[] = []
  const said: string[] = []
  const coordinator: Coordinator = await createCoordinator({
    experiment,
    experimentId: 'ab'.repeat(32),
    plan,
    holdings: [],
    node: nodes[0] as MemoryNode,
    seating: { kind: 'launched', seatOf: new Map([0, 1, 2].map((seat) => [`token ${seat}`, seat])) },
    record: (event) => log.push(event),
    say: (line) => said.push(line),
    ...changes,
  })
  const open = async (node: number, protocol: string): Promise<MemoryStream> =>
    (await nodes[node]?.connections()[0]?.newStream(protocol)) as MemoryStream
  return { coordinator, log, said, open }
}

const say = (stream: MemoryStream, message: object): void => {
  if (!stream.over) stream.send(frameBytes(encodeCanonical(message)))
}
const hello = (seat: number, node = seat + 1) => ({
  type: 'hello',
  token: `token ${seat}`,
  peerId: nameOf(node),
  kind: 'process',
  addresses: [],
  engine: 'wasm',
})

/** The coordinator's messages on a stream until it ends. */
function answers(stream: MemoryStream): CoordinatorMessage[] {
  const heard: CoordinatorMessage[] = []
  const read = async (): Promise<void> => {
    for await (const bytes of readFrames(stream, { frame: 1 << 20, pending: 1 << 22 })) {
      const message = decodeCoordinatorMessage(bytes)
      if (message.ok) heard.push(message.value)
    }
  }
  void read()
  return heard
}

/** Three peers that are seated, wired and started, each with a stream for its events. */
async function running(changes: Parameters<typeof world>[0] = {}) {
  const made = await world(changes)
  const controls: MemoryStream[] = []
  for (const seat of [0, 1, 2]) {
    const control = await made.open(seat + 1, joinProtocol)
    controls.push(control)
    say(control, hello(seat))
  }
  await turn()
  for (const control of controls) say(control, { type: 'ready', edges: [], engine: 'wasm' })
  await made.coordinator.started
  const events: MemoryStream[] = []
  for (const seat of [0, 1, 2]) events.push(await made.open(seat + 1, eventsProtocol))
  const tell = (seat: number, batch: readonly object[]): void => {
    const stream = events[seat] as MemoryStream
    if (!stream.over) stream.send(frameBytes(encodeEventBatch(batch as unknown as RunEvent[])))
  }
  const finish = (seat: number): void =>
    tell(seat, [{ type: 'stopped', peer: seat, round: 4, atMs: 9, reason: 'finished' }])
  return { ...made, controls, events, tell, finish }
}

const stops = (log: readonly LoggedEvent[]): string[] =>
  log.flatMap((event) =>
    event.type === 'stopped' ? [`${event.peer} ${event.reason}${event.detail ? `: ${event.detail}` : ''}`] : [],
  )

test('a run of peers that behave ends as finished', async () => {
  const { coordinator, finish, log } = await running()
  for (const seat of [0, 1, 2]) finish(seat)
  expect(await coordinator.done).toMatchObject({ outcome: 'finished' })
  expect(stops(log)).toEqual(['0 finished', '1 finished', '2 finished'])
})

test('strangers, second hellos and unknown tokens are refused, and their streams end', async () => {
  const { open, coordinator } = await world()
  for (const [node, message, reason] of [
    [4, hello(0, 1), 'the peer id in hello is not that of the connection'],
    [4, { ...hello(0, 4), token: 'guessed' }, 'the token is not known here, or all seats are taken'],
  ] as const) {
    const stream = await open(node, joinProtocol)
    const heard = answers(stream)
    for (let i = 0; i < 1000; i++) say(stream, message)
    for (let i = 0; i < 3; i++) await turn()
    expect(heard).toEqual([{ type: 'refused', reason }])
    expect(stream.over).toBe(true)
  }
  const seated = await open(1, joinProtocol)
  say(seated, hello(0))
  const second = await open(1, joinProtocol)
  const twice = answers(second)
  say(second, hello(1, 1))
  await turn()
  expect(twice).toEqual([{ type: 'refused', reason: 'this peer has a seat' }])
  // More messages than a peer may send.
  for (let i = 0; i < 20; i++) say(seated, hello(0))
  for (let i = 0; i < 3; i++) await turn()
  expect(seated.over).toBe(true)
  coordinator.stop()
})

test('honest peers get their seats, with any messages of strangers and other peers before the start', async () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .oneof(
        fc.constantFrom(hello(0, 4), hello(1, 2), { type: 'start' }, { type: 'leave', reason: '\u001b[2J' }),
        fc.record({ type: fc.constant('ready'), edges: fc.array(fc.nat(70_000)), engine: fc.string() }),
        fc.record({ type: fc.constant('hello'), token: fc.string(), extra: fc.anything() }),
        fc.object(),
      )
      .map((value) => {
        try {
          return encodeCanonical(value)
        } catch {
          return new Uint8Array(3)
        }
      }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 12 }), fc.integer({ min: 1, max: 50 }), async (frames, piece) => {
      const { open, coordinator, log } = await world()
      const [control, events] = [await open(4, joinProtocol), await open(4, eventsProtocol)]
      control.pieceBytes = piece
      for (const frame of frames) {
        if (!control.over) control.send(frameBytes(frame))
        if (!events.over) events.send(frameBytes(frame))
      }
      await turn()
      const controls: MemoryStream[] = []
      for (const seat of [0, 1, 2]) controls.push(await open(seat + 1, joinProtocol))
      for (const [seat, stream] of controls.entries()) say(stream, hello(seat))
      await turn()
      for (const stream of controls) say(stream, { type: 'ready', edges: [], engine: 'wasm' })
      await coordinator.started
      expect(log.map(({ type }) => type)).toEqual(['roster'])
      coordinator.stop()
      await coordinator.done
    }),
    { numRuns: 60 },
  )
})

const nasty = fc.oneof(
  fc.record({
    type: fc.constant('evaluated'),
    peer: fc.constantFrom(0, 1, 2, 3),
    round: fc.constantFrom(0, 4, 5, 4_000_000_000),
    atMs: fc.double(),
    loss: fc.double(),
    accuracy: fc.double(),
    evaluateMs: fc.double(),
    digest: fc.constant(''),
  }),
  fc.record({
    type: fc.constant('neighbour-absent'),
    peer: fc.constant(1),
    round: fc.constant(0),
    atMs: fc.constant(1),
    neighbour: fc.constantFrom(0, 2, 3, 60_000),
  }),
  fc.record({
    type: fc.constant('stopped'),
    peer: fc.constantFrom(0, 1),
    round: fc.constant(4),
    atMs: fc.constant(1),
    reason: fc.constantFrom('finished', 'failed'),
    detail: fc.constantFrom('\u001b]0;title\u0007\n', 'so it is'),
  }),
)

test('a peer reports only on itself, on existing peers and rounds, and stops once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(nasty, { maxLength: 30 }), async (batch) => {
      const { coordinator, tell, finish, log } = await running()
      tell(1, batch)
      await turn()
      finish(0)
      finish(1)
      finish(2)
      expect((await coordinator.done).outcome).toBe('finished')
      const reported = log.filter((event): event is RunEvent => event.type !== 'roster')
      expect(reported.every(({ round }) => round < 5)).toBe(true)
      expect(
        reported
          .filter((event) => event.type === 'stopped')
          .map(({ peer }) => peer)
          .sort(),
      ).toEqual([0, 1, 2])
      expect(reported.every((event) => event.type !== 'neighbour-absent' || event.neighbour < 3)).toBe(true)
      expect(JSON.stringify(log)).not.toMatch(/\\u001b|\\n/)
    }),
    { numRuns: 60 },
  )
})

test('a peer that reports without end is no longer read, and the run continues without it', async () => {
  const { coordinator, tell, finish, events, said, log } = await running()
  const sketch = 'A'.repeat(4000)
  const large = {
    type: 'evaluated',
    peer: 1,
    round: 0,
    atMs: 0,
    loss: 1,
    accuracy: 1,
    evaluateMs: 0,
    digest: '',
    sketches: { own: sketch, output: sketch, model: sketch, received: [] },
  }
  for (let i = 0; i < 1000 && !(events[1] as MemoryStream).over; i++) {
    tell(1, Array(20).fill(large))
    await turn()
  }
  expect((events[1] as MemoryStream).over).toBe(true)
  expect(JSON.stringify(log).length).toBeLessThan(6_000_000)
  finish(0)
  finish(2)
  expect(await coordinator.done).toMatchObject({ outcome: 'finished' })
  expect(stops(log)).toContain('1 failed: it exceeded its report limit')
  expect(said[0]).toBe('peer 1 exceeded its report limit; its events are no longer read')
})

test('a report of failed edges and a farewell are one line each, without control characters', async () => {
  const { open, coordinator } = await world()
  const controls: MemoryStream[] = []
  for (const seat of [0, 1, 2]) controls.push(await open(seat + 1, joinProtocol))
  for (const [seat, stream] of controls.entries()) say(stream, hello(seat))
  await turn()
  const edges = Array.from({ length: 50 }, (_, peer) => ({ peer, detail: `\u001b[31mno\r\n${'x'.repeat(900)}` }))
  say(controls[1] as MemoryStream, { type: 'failed-edges', edges })
  const { outcome, failure } = await coordinator.done
  expect(outcome).toBe('broke')
  expect(failure).toMatch(/^edges that could not be wired: 1-0 \(\[31mno x+\), .* and 42 more$/)
  expect((failure as string).length).toBeLessThan(3000)
})

test('the run waits for a frozen peer while others report, and for a limited time after that', async () => {
  const { coordinator, tell, finish, said, log } = await running({ silenceMs: 400 })
  finish(0)
  finish(2)
  tell(1, [])
  const began = performance.now()
  expect(await coordinator.done).toMatchObject({ outcome: 'finished' })
  expect(performance.now() - began).toBeGreaterThanOrEqual(400)
  expect(stops(log).at(-1)).toBe('1 failed: no report for 0 s')
  expect(said).toContain('waiting for 1: no report for 0 s')
  const last = log.at(-1)
  expect(last?.type === 'stopped' && last.atMs).toBeGreaterThan(0)
})

test('a frozen Byzantine peer does not delay the end, and is named', async () => {
  const { coordinator, finish, log } = await running({ silenceMs: 400 })
  finish(0)
  finish(1)
  expect(await coordinator.done).toMatchObject({ outcome: 'finished' })
  expect(stops(log).at(-1)).toMatch(/^2 failed: no report for \d s$/)
})
