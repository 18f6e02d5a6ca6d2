import fc from 'fast-check'
import { expect, test } from 'vitest'
import { acknowledgeEvery, createWindowReceiver, createWindowSender, windowBytes } from '#protocol/network/window.ts'
import { chunkBytes } from '#protocol/wire/chunk.ts'

test('a payload of any size arrives complete in any interleaving, with at most a window on its way', () => {
  const sizes = fc.oneof(fc.integer({ min: 1, max: 3 * chunkBytes }), fc.integer({ min: 1, max: 800_000 }))
  fc.assert(
    fc.property(sizes, fc.array(fc.boolean(), { minLength: 7, maxLength: 50 }), (size, coins) => {
      coins.push(true, false)
      let step = 0
      const payload = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff)
      const into = new Uint8Array(size)
      const sender = createWindowSender(payload)
      const receiver = createWindowReceiver(into)
      const chunks: Uint8Array[] = []
      const acknowledgements: number[] = []
      let sent = 0
      let acknowledged = 0
      while (!sender.done()) {
        const chunk = coins[step++ % coins.length] ? sender.next() : undefined
        if (chunk) {
          chunks.push(chunk)
          sent += chunk.byteLength
          expect(sent - acknowledged).toBeLessThanOrEqual(windowBytes)
          continue
        }
        const arrived = chunks.shift()
        if (arrived) expect(receiver.accept(arrived)).toBe(true)
        const offset = receiver.acknowledgement()
        if (offset !== undefined) acknowledgements.push(offset)
        const back = acknowledgements.shift()
        if (back !== undefined) {
          acknowledged = back
          expect(sender.acknowledge(back)).toBe(true)
        }
      }
      expect(receiver.done()).toBe(true)
      expect(into.every((byte, i) => byte === payload[i])).toBe(true)
    }),
    { numRuns: 30 },
  )
})

test('acknowledgements come every 64 KiB and at the end', () => {
  const receiver = createWindowReceiver(new Uint8Array(100_000))
  const offsets: number[] = []
  for (let sent = 0; sent < 100_000; sent += 10_000) {
    receiver.accept(new Uint8Array(10_000))
    const offset = receiver.acknowledgement()
    if (offset !== undefined) offsets.push(offset)
  }
  expect(offsets).toEqual([70_000, 100_000])
  expect(offsets[0]).toBeGreaterThanOrEqual(acknowledgeEvery)
})

test('acknowledgements that go back or beyond what was sent are refused', () => {
  const sender = createWindowSender(new Uint8Array(50_000))
  sender.next()
  expect(sender.acknowledge(chunkBytes + 1)).toBe(false)
  expect(sender.acknowledge(chunkBytes)).toBe(true)
  expect(sender.acknowledge(0)).toBe(false)
})

test('a chunk beyond the end of the payload is refused and written nowhere', () => {
  const into = new Uint8Array(10)
  const receiver = createWindowReceiver(into)
  expect(receiver.accept(new Uint8Array(8).fill(1))).toBe(true)
  expect(receiver.accept(new Uint8Array(3).fill(2))).toBe(false)
  expect([...into]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0])
})
