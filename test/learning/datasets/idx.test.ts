import { expect, test } from 'vitest'
import { parseIdx } from '#learning/datasets/idx.ts'

const whole = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6)

test('a whole file gives its dimensions and values', () => {
  expect(parseIdx(whole, 'x', 2)).toEqual({ dimensions: [2, 3], values: Uint8Array.of(1, 2, 3, 4, 5, 6) })
})

test('a view into a larger buffer parses the same', () => {
  const buffer = new Uint8Array(40)
  buffer.set(whole, 7)
  expect(parseIdx(buffer.subarray(7, 7 + whole.length), 'x', 2).values).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6))
})

test('every truncation is refused with the name of the file', () => {
  for (let length = 0; length < whole.length; length++) {
    expect(() => parseIdx(whole.subarray(0, length), 'labels.gz', 2), `${length} bytes`).toThrow(/^labels\.gz .*bytes/)
  }
})

test('a trailing byte is refused', () => {
  expect(() => parseIdx(Uint8Array.of(...whole, 0), 'x', 2)).toThrow(/needs 18 bytes, but has 19/)
})

test('a wrong magic number, type or number of dimensions is refused', () => {
  for (const [place, value] of [
    [0, 1],
    [1, 1],
    [2, 13],
    [3, 3],
  ] as const) {
    const bytes = whole.slice()
    bytes[place] = value
    expect(() => parseIdx(bytes, 'x', 2)).toThrow(/x is not an IDX file/)
  }
})

test('sizes beyond memory are refused without an allocation', () => {
  const bytes = whole.slice()
  bytes.fill(255, 4, 12)
  expect(() => parseIdx(bytes, 'x', 2)).toThrow(RangeError)
})
