import { expect, test } from 'vitest'
import { readFrames } from '#protocol/network/byte-stream.ts'
import { createEventStream } from '#protocol/network/event-stream.ts'
import type { OverlayConnection } from '#protocol/network/overlay-node.ts'
import type { RunEvent } from '#protocol/record/events.ts'
import { decodeEventBatch, eventBatchLimit, eventsInBatch, eventsProtocol } from '#protocol/wire/event-batch.ts'
import { type MemoryStream, manualClock, streamPair } from './memory-nodes.ts'

function coordinator(): { readonly connection: OverlayConnection; readonly there: MemoryStream } {
  const [here, there] = streamPair()
  const connection = {
    remotePeer: 'coordinator',
    status: 'open',
    newStream: (protocol: string) =>
      protocol === eventsProtocol ? Promise.resolve(here) : Promise.reject(new Error(protocol)),
    close: () => Promise.resolve(),
  }
  return { connection, there }
}

const sketch = 'A'.repeat(1368)
const evaluated = (round: number): RunEvent => ({
  type: 'evaluated',
  peer: 1,
  round,
  atMs: round,
  loss: 1,
  accuracy: 0.5,
  evaluateMs: 2,
  digest: '',
  sketches: {
    own: sketch,
    output: sketch,
    model: sketch,
    received: [0, 2, 3, 4, 5].map((peer) => [peer, sketch] as const),
  },
})

test('all events arrive in order, in batches that fit, however many wait', async () => {
  const { connection, there } = coordinator()
  const stream = createEventStream(connection, manualClock())
  for (let round = 0; round < 150; round++) stream.record(evaluated(round))
  const received: RunEvent[] = []
  const reading = (async () => {
    for await (const bytes of readFrames(there, { frame: eventBatchLimit, pending: 32 * eventBatchLimit })) {
      const batch = decodeEventBatch(bytes)
      if (!batch.ok) throw new Error(batch.reason)
      expect(batch.value.length).toBeLessThanOrEqual(eventsInBatch)
      received.push(...batch.value)
    }
  })()
  await stream.flush()
  await stream.close()
  await reading
  expect(received.map(({ round }) => round)).toEqual(Array.from({ length: 150 }, (_, round) => round))
})

test('a closed round is sent at once, with all waiting events; other events wait', async () => {
  const { connection, there } = coordinator()
  const clock = manualClock()
  const stream = createEventStream(connection, clock)
  const frames = readFrames(there, { frame: eventBatchLimit, pending: eventBatchLimit })[Symbol.asyncIterator]()
  const typesOfNext = async (): Promise<string[]> => {
    const { value } = await frames.next()
    const batch = decodeEventBatch(value as Uint8Array)
    return batch.ok ? batch.value.map(({ type }) => type) : [batch.reason]
  }
  stream.record(evaluated(0))
  stream.record({ type: 'starved', peer: 1, round: 0, atMs: 0, received: 0, quorum: 1 })
  expect(await typesOfNext()).toEqual(['evaluated', 'starved'])
  stream.record(evaluated(1))
  clock.advance(1000)
  expect(await typesOfNext()).toEqual(['evaluated'])
  await stream.close()
})

test('a lost coordinator costs events and nothing else', async () => {
  const { connection, there } = coordinator()
  const clock = manualClock()
  const stream = createEventStream(connection, clock)
  stream.record(evaluated(0))
  await stream.flush()
  there.abort()
  await Promise.resolve()
  for (let round = 1; round < 5; round++) stream.record(evaluated(round))
  clock.advance(1000)
  await stream.flush()
  await stream.close()
})
