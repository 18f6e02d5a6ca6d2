import { expect, test } from 'vitest'
import type { Admission } from '#protocol/network/admission.ts'
import { createIncoming } from '#protocol/network/incoming.ts'
import { payloadOf, type Sealed, sealUpdate } from '#protocol/network/seal.ts'
import { manualClock, testDigest, testNonce, testSigner } from './memory-nodes.ts'
import { experiment, vector } from './peers.ts'

/** An incoming side alone, with a log of its calls to the inbox and its frames to the other end. */
function incomingAlone(admit: (header: Sealed['header']) => Promise<Admission>, ...offered: Sealed[]) {
  const log: string[] = []
  const clock = manualClock()
  const incoming = createIncoming(
    {
      admit: () => admit((offered.shift() as Sealed).header),
      accept: ({ header }, { length }) => Promise.resolve(void log.push(`accept ${header.round}, ${length} numbers`)),
      answerTo: () => undefined,
      absent: (round, sender) => void log.push(`absent ${round}/${sender}`),
      lost: () => void log.push('lost'),
      rejected: (reason) => void log.push(`rejected ${reason}`),
      alive: () => void log.push('heard'),
    },
    {
      busy: false,
      say: (frame) => void log.push(frame.type === 'refusal' ? `refusal ${frame.reason}` : frame.type),
      wake() {},
      close() {},
    },
    clock,
    1000,
  )
  return { incoming, log, clock }
}

const admitAll = (header: Sealed['header']): Promise<Admission> =>
  Promise.resolve({ ok: true, admitted: { header, bytes: new Uint8Array(), digest: '' } })

function sealed(round: number): Promise<Sealed> {
  const seal = { experiment, sender: 4, signer: testSigner(4), digest: testDigest, nonce: testNonce }
  return sealUpdate(seal, 'model', { round, sender: 4, vector: vector(1, 10) })
}

test('a transfer that ends by a new offer, its deadline or the end of the stream is an absence', async () => {
  const [a, b, c] = [await sealed(0), await sealed(1), await sealed(2)]
  const { incoming, log, clock } = incomingAlone(admitAll, a, b, c)
  await incoming.offer(1, a.bytes)
  expect(await incoming.chunk(1, payloadOf(a.vector).subarray(0, 12))).toBe(true)
  await incoming.offer(2, b.bytes)
  clock.advance(1000)
  await incoming.offer(3, c.bytes)
  incoming.close()
  clock.advance(1000)
  expect(log).toEqual([
    ...['heard', 'absent 0/4', 'heard'],
    ...['absent 1/4', 'rejected late', 'refusal late'],
    ...['heard', 'absent 2/4'],
  ])
})

test('a whole payload is acknowledged before it is accepted, and is then no absence', async () => {
  const update = await sealed(0)
  const { incoming, log, clock } = incomingAlone(admitAll, update)
  await incoming.offer(1, update.bytes)
  await incoming.chunk(1, payloadOf(update.vector))
  incoming.close()
  clock.advance(1000)
  expect(log).toEqual(['heard', 'acknowledgement', 'accept 0, 10 numbers'])
})

test('a header is neither refused nor awaited if its stream ends during the check', async () => {
  for (const verdict of ['accepted', 'refused']) {
    const update = await sealed(0)
    let decide = (_admission: Admission): void => {}
    const { incoming, log, clock } = incomingAlone(
      () =>
        new Promise((resolve) => {
          decide = resolve
        }),
      update,
    )
    const offered = incoming.offer(1, update.bytes)
    incoming.close()
    decide(verdict === 'refused' ? { ok: false, reason: 'bad-signature' } : await admitAll(update.header))
    expect(await offered).toBe(false)
    clock.advance(1000)
    expect(log).toEqual(['heard'])
  }
})

test('after a refusal a window of chunks is dropped, and no more', async () => {
  const update = await sealed(0)
  const { incoming, log } = incomingAlone(() => Promise.resolve({ ok: false, reason: 'rate-limited' }), update)
  await incoming.offer(1, update.bytes)
  for (let sent = 0; sent < 256; sent += 16) expect(await incoming.chunk(1, new Uint8Array(16 * 1024))).toBe(true)
  expect(await incoming.chunk(1, new Uint8Array(1))).toBe(false)
  expect(log).toEqual(['heard', 'rejected rate-limited', 'refusal rate-limited'])
})
