import { expect, test } from 'vitest'
import { parseCifar } from '#learning/datasets/cifar.ts'

// Two records of 2 x 2 pixels with three colours.
const whole = Uint8Array.of(7, 1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24, 0, ...new Array<number>(12).fill(9))

test('planes become pixels of height x width x channels', () => {
  const { images, labels } = parseCifar(whole, 'x', [2, 2, 3])
  expect([...labels]).toEqual([7, 0])
  expect([...images.subarray(0, 12)]).toEqual([1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24])
  expect([...images.subarray(12)]).toEqual(new Array(12).fill(9))
})

test('a view into a larger buffer parses the same', () => {
  const buffer = new Uint8Array(60)
  buffer.set(whole, 5)
  const view = buffer.subarray(5, 5 + whole.length)
  expect(parseCifar(view, 'x', [2, 2, 3])).toEqual(parseCifar(whole, 'x', [2, 2, 3]))
})

test('an incomplete record is refused with the name of the file', () => {
  for (const length of [0, 1, 12, 14, 25]) {
    expect(() => parseCifar(whole.subarray(0, length), 'batch.bin', [2, 2, 3]), `${length}`).toThrow(
      `batch.bin has ${length} bytes, expected a positive multiple of 13 (one record)`,
    )
  }
})
