import { expect, test } from 'vitest'
import { type ByteStream, readFrames } from '#protocol/network/byte-stream.ts'
import type { Inbox } from '#protocol/network/inbox.ts'
import { createLink } from '#protocol/network/link.ts'
import { type Sealed, sealUpdate } from '#protocol/network/seal.ts'
import { decodeFrame, type Frame } from '#protocol/wire/frame.ts'
import { decodeHeader } from '#protocol/wire/update-header.ts'
import { MemoryStream, manualClock, streamPair, testDigest, testNonce, testSigner } from './memory-nodes.ts'
import { experiment, turn, vector } from './peers.ts'

/** A link with an inbox that refuses all offers, and the number of lost streams by the inbox and by the opener. */
function linkAlone() {
  const told = { inbox: 0, opener: 0 }
  const inbox: Inbox = {
    admit: () => Promise.resolve({ ok: false, reason: 'wrong-shape' }),
    accept: () => Promise.reject(new Error('nothing is admitted')),
    answerTo: () => undefined,
    absent() {},
    lost: () => void told.inbox++,
    rejected() {},
    alive() {},
  }
  const traffic = { bytesSent: 0, bytesReceived: 0 }
  const link = createLink({ inbox, traffic, clock: manualClock(), deadlineMs: 1000, reading: Promise.resolve() })
  return { link, told, attach: (stream: ByteStream) => link.attach(stream, () => void told.opener++) }
}

function sealed(round: number): Promise<Sealed> {
  const seal = { experiment, sender: 0, signer: testSigner(0), digest: testDigest, nonce: testNonce }
  return sealUpdate(seal, 'model', { round, sender: 0, vector: vector(round) })
}

/** The rounds offered over a stream, read at its other end. */
function offersTo(stream: MemoryStream): number[] {
  const rounds: number[] = []
  const note = (frame: Frame): void => {
    const header = frame.type === 'offer' ? decodeHeader(frame.header) : undefined
    if (header?.ok) rounds.push(header.value.round)
  }
  const read = async (): Promise<void> => {
    for await (const bytes of readFrames(stream, { frame: 20_000, pending: 1_000_000 })) {
      const frame = decodeFrame(bytes)
      if (frame.ok) note(frame.value)
    }
  }
  read().catch(() => undefined)
  return rounds
}

test('an update in flight starts again on the stream that replaces the old one', async () => {
  const { link, told, attach } = linkAlone()
  const [first, firstEnd] = streamPair()
  const [second, secondEnd] = streamPair()
  attach(first)
  const before = offersTo(firstEnd)
  link.offer(await sealed(0))
  link.offer(await sealed(1))
  await turn()
  attach(second)
  const after = offersTo(secondEnd)
  await turn()
  expect([before, after]).toEqual([[0], [0]])
  expect(first.over).toBe(true)
  expect(link.open).toBe(true)
  expect(told).toEqual({ inbox: 0, opener: 0 })
})

test('an update in flight is dropped for two newer ones', async () => {
  const { link, attach } = linkAlone()
  attach(streamPair()[0])
  for (const round of [0, 1, 2]) link.offer(await sealed(round))
  const [next, end] = streamPair()
  attach(next)
  const offers = offersTo(end)
  await turn()
  expect(offers).toEqual([1])
})

test('an update that waits when a full stream ends is kept for the next stream', async () => {
  const { link, attach } = linkAlone()
  let drained = (): void => {}
  class FullStream extends MemoryStream {
    override send(bytes: Uint8Array): boolean {
      super.send(bytes)
      return false
    }
    override onDrain(): Promise<void> {
      return new Promise((resolve) => {
        drained = resolve
      })
    }
  }
  const full = new FullStream()
  full.peer = new MemoryStream()
  full.peer.peer = full
  attach(full)
  link.offer(await sealed(0))
  full.abort()
  await turn()
  expect(link.open).toBe(false)
  drained()
  await turn()
  const [next, end] = streamPair()
  attach(next)
  const offers = offersTo(end)
  await turn()
  expect(offers).toEqual([0])
})

test('a stream that breaks is reported lost once; a closed one is not', async () => {
  const broken = linkAlone()
  const [stream] = streamPair()
  broken.attach(stream)
  await turn()
  stream.abort()
  await turn()
  expect(broken.told).toEqual({ inbox: 1, opener: 1 })
  expect(broken.link.open).toBe(false)
  expect(broken.link.pull(0, 1, undefined)).toBe(false)
  const closed = linkAlone()
  const [other] = streamPair()
  closed.attach(other)
  await turn()
  closed.link.close()
  await turn()
  expect(other.over).toBe(true)
  expect(closed.told).toEqual({ inbox: 0, opener: 0 })
})

test('a neighbour that reads no small frames loses its stream', async () => {
  const { link, told, attach } = linkAlone()
  const [stream] = streamPair()
  stream.send = () => false
  stream.onDrain = () => new Promise(() => {})
  attach(stream)
  for (let beat = 0; beat < 64; beat++) link.heartbeat()
  expect(link.open).toBe(true)
  link.heartbeat()
  expect(link.open).toBe(false)
  expect(told).toEqual({ inbox: 1, opener: 1 })
})
