import { encode } from 'cborg'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '#protocol/record/hex.ts'
import { rejectionReasons } from '#protocol/round/update.ts'
import {
  type CoordinatorMessage,
  decodeCoordinatorMessage,
  decodePeerMessage,
  encodeCoordinatorMessage,
  encodePeerMessage,
  type PeerMessage,
} from '#protocol/wire/control.ts'
import { decodeCanonical, encodeCanonical } from '#protocol/wire/decoded.ts'
import { decodeEventBatch, encodeEventBatch } from '#protocol/wire/event-batch.ts'
import { decodeFrame, encodeFrame, type Frame, frameLimit } from '#protocol/wire/frame.ts'
import {
  decodeHeader,
  encodeHeader,
  headerLimit,
  type UpdateHeader,
  updateKinds,
} from '#protocol/wire/update-header.ts'

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const hex = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(toHex)

const headers: fc.Arbitrary<UpdateHeader> = fc
  .record(
    {
      experiment: hex(32),
      round: u32,
      sender: u32,
      kind: fc.constantFrom(...updateKinds),
      encoding: fc.constant('f32' as const),
      d: u32,
      payload: hex(32),
      nonce: hex(16),
      stateDigest: hex(32),
      signature: hex(64),
    },
    { requiredKeys: ['experiment', 'round', 'sender', 'kind', 'encoding', 'd', 'payload', 'nonce', 'signature'] },
  )
  .map((header) => header as UpdateHeader)

const bytes = (max: number) => fc.uint8Array({ minLength: 1, maxLength: max })
const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc.constant({ type: 'heartbeat' } as const),
  fc.record({ type: fc.constant('offer' as const), transfer: u32, header: bytes(headerLimit) }),
  fc.record({ type: fc.constant('chunk' as const), transfer: u32, bytes: bytes(2000) }),
  fc.record({ type: fc.constant('acknowledgement' as const), transfer: u32, offset: u32 }),
  fc.record({ type: fc.constant('refusal' as const), transfer: u32, reason: fc.constantFrom(...rejectionReasons) }),
  fc.record({ type: fc.constant('pull' as const), round: u32, sender: u32 }),
  fc.record({ type: fc.constant('pull' as const), round: u32, sender: u32, digest: hex(32) }),
  fc.record({ type: fc.constant('absence' as const), round: u32, sender: u32 }),
)

test('every header is decoded as it was encoded, and fits its limit', () => {
  fc.assert(
    fc.property(headers, (header) => {
      const encoded = encodeHeader(header)
      expect(encoded.byteLength).toBeLessThanOrEqual(headerLimit)
      expect(decodeHeader(encoded)).toEqual({ ok: true, value: header })
    }),
  )
})

test('every frame is decoded as it was encoded', () => {
  fc.assert(
    fc.property(frames, (frame) => {
      expect(decodeFrame(encodeFrame(frame))).toEqual({ ok: true, value: frame })
    }),
  )
})

test('the bytes of a header are those of PROTOCOL.md', () => {
  const header: UpdateHeader = {
    experiment: '11'.repeat(32),
    round: 7,
    sender: 2,
    kind: 'gradient',
    encoding: 'f32',
    d: 79_510,
    payload: '22'.repeat(32),
    nonce: '33'.repeat(16),
    signature: '44'.repeat(64),
  }
  expect(toHex(encodeHeader(header))).toBe(
    `8a5820${'11'.repeat(32)}070201001a00013696` + `5820${'22'.repeat(32)}50${'33'.repeat(16)}f65840${'44'.repeat(64)}`,
  )
})

const decoders: [string, (bytes: Uint8Array) => { ok: boolean }][] = [
  ['header', decodeHeader],
  ['frame', decodeFrame],
  ['peer message', decodePeerMessage],
  ['coordinator message', decodeCoordinatorMessage],
  ['event batch', decodeEventBatch],
]
const seeds = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  headers.map(encodeHeader),
  frames.map(encodeFrame),
  fc.anything({ withBigInt: true, withNullPrototype: true }).map((value) => {
    try {
      return encode(value)
    } catch {
      return new Uint8Array(0)
    }
  }),
)
const mutated = fc
  .tuple(seeds, fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }), fc.nat(400))
  .map(([seed, edits, cut]) => {
    const copy = seed.slice(0, cut % 3 === 0 ? cut : undefined)
    for (const [at, value] of edits) if (at < copy.byteLength) copy[at] = value
    return copy
  })

for (const [name, decode] of decoders)
  test(`arbitrary bytes decode to a ${name} or a reason, and never throw`, () => {
    fc.assert(
      fc.property(mutated, (input) => {
        const before = input.slice()
        const decoded = decode(input)
        expect(typeof decoded.ok).toBe('boolean')
        expect(input).toEqual(before)
      }),
      { numRuns: 500 },
    )
  })

test('each header has only one encoding: a decoded header encodes to the same bytes', () => {
  fc.assert(
    fc.property(mutated, (input) => {
      const decoded = decodeHeader(input)
      if (decoded.ok) expect(encodeHeader(decoded.value)).toEqual(input)
    }),
    { numRuns: 500 },
  )
})

test('deep nesting, repeated keys, trailing bytes and long integers are malformed', () => {
  const deep = new Uint8Array(60_000).fill(0x81)
  const inputs = [deep, fromHex('a2616101616102'), fromHex('0000'), fromHex('1800'), fromHex('9f00ff'), fromHex('f7')]
  for (const input of inputs) expect(decodeCanonical(input, 100_000)).toEqual({ ok: false, reason: 'malformed' })
})

test('a message beyond its limit is too large, for any content', () => {
  expect(decodeHeader(new Uint8Array(headerLimit + 1))).toEqual({ ok: false, reason: 'too-large' })
  expect(decodeFrame(new Uint8Array(frameLimit + 1))).toEqual({ ok: false, reason: 'too-large' })
})

const hello: PeerMessage = {
  type: 'hello',
  token: 't0ken',
  peerId: '12D3KooWExample',
  kind: 'tab',
  addresses: ['/ip4/127.0.0.1/tcp/1/ws/p2p/12D3KooWRelay/p2p-circuit/webrtc/p2p/12D3KooWExample'],
  engine: 'tfjs-wasm',
}
const peerMessages: PeerMessage[] = [
  hello,
  { ...hello, userAgent: 'Mozilla/5.0' },
  { type: 'ready', edges: [1, 2], engine: 'tfjs-wasm' },
  { type: 'failed-edges', edges: [{ peer: 3, detail: 'no webrtc address is known' }] },
  { type: 'leave', reason: 'the tab was closed' },
]
const assignment: CoordinatorMessage = {
  type: 'assignment',
  index: 1,
  n: 8,
  experimentId: 'ab'.repeat(32),
  experiment: { name: 'x', learning: { learningRate: 0.1, layers: [1, 2] } },
  roster: [{ index: 0, peerId: '12D3KooWExample', addresses: [] }],
  neighbours: [0],
}
const coordinatorMessages: CoordinatorMessage[] = [
  assignment,
  {
    ...assignment,
    byzantine: { attack: { name: 'sign-flip' }, colluders: [6], victims: [{ peer: 0, n: 5, m: 1 }] },
    dataUrl: '/data',
    batchSeed: 4,
  },
  { type: 'start' },
  { type: 'stop', reason: 'enough' },
  { type: 'refused', reason: 'all seats are taken' },
]

test('control messages are decoded as they were encoded', () => {
  for (const message of peerMessages)
    expect(decodePeerMessage(encodePeerMessage(message))).toEqual({ ok: true, value: message })
  for (const message of coordinatorMessages)
    expect(decodeCoordinatorMessage(encodeCoordinatorMessage(message))).toEqual({ ok: true, value: message })
})

test('a control message with an extra or a missing key, or of the other direction, is malformed', () => {
  const { token: _, ...tokenless } = hello as Extract<PeerMessage, { type: 'hello' }>
  for (const wrong of [{ ...hello, admin: true }, tokenless, { type: 'start' }, { ...hello, token: 7 }])
    expect(decodePeerMessage(encodeCanonical(wrong))).toEqual({ ok: false, reason: 'malformed' })
})

test('events are decoded as they were encoded, also those of a diverged model', () => {
  const events = [
    { type: 'starved', peer: 1, round: 2, atMs: 3.5, received: 0, quorum: 2 },
    { type: 'evaluated', peer: 1, round: 2, atMs: 4, loss: Number.NaN, accuracy: 0.1, evaluateMs: 2, digest: '' },
    { type: 'update-rejected', peer: 1, round: 2, atMs: 4, from: 0, reason: 'not-finite' },
    { type: 'attack-crafted', peer: 1, round: 0, atMs: 4, colluders: 3 },
    {
      type: 'attack-crafted',
      peer: 1,
      round: 0,
      atMs: 4,
      colluders: 2,
      present: [1, 4],
      heard: { round: -1, peers: [] },
    },
    { type: 'attack-overtaken', peer: 1, round: 2, atMs: 4, from: 4 },
  ] as const
  expect(decodeEventBatch(encodeEventBatch(events))).toEqual({ ok: true, value: events })
  const crafted = { ...events[4] }
  for (const wrong of [{ present: [0.5] }, { heard: { round: 0 } }, { heard: { round: 0, peers: [-1] } }]) {
    const bytes = encodeCanonical([{ ...crafted, ...wrong }])
    expect(decodeEventBatch(bytes)).toEqual({ ok: false, reason: 'malformed' })
  }
  const invented = [{ type: 'promoted', peer: 1, round: 2, atMs: 4 }]
  expect(decodeEventBatch(encodeCanonical(invented))).toEqual({ ok: false, reason: 'malformed' })
})
