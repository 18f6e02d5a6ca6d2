import { deserialize, serialize } from 'node:v8'
import { expect, test } from 'vitest'
import { detached } from '#protocol/detached.ts'

test('vectors in shared memory are copied, once each, and everything else stays as it is', () => {
  const shared = new Float32Array(new SharedArrayBuffer(16), 4, 2)
  shared.set([1, 2])
  const plain = Float32Array.of(3)
  const batch = Uint32Array.of(4)
  const value = { list: [shared, { again: shared }], map: new Map([[7, new Map([[8, shared]])]]), plain, batch, n: 5 }
  const copy = detached(value)
  shared.fill(9)
  const one = Float32Array.of(1, 2)
  expect(copy).toEqual({ list: [one, { again: one }], map: new Map([[7, new Map([[8, one]])]]), plain, batch, n: 5 })
  expect(copy.plain).toBe(plain)
  expect(copy.list[0]).toBe((copy.list[1] as { again: Float32Array }).again)
  expect(deserialize(serialize(copy))).toEqual(copy)
})
