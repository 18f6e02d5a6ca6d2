import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeSketch, encodeSketch, sketchCoordinates } from '#protocol/record/sketch.ts'

test('encodes the number 1 as the four little-endian bytes 00 00 80 3f', () => {
  expect(encodeSketch(Float32Array.of(1), Uint32Array.of(0))).toBe('AACAPw==')
})

test('picks the same coordinates for the same seed, and others for another seed', () => {
  expect(sketchCoordinates(79_510, 7)).toEqual(sketchCoordinates(79_510, 7))
  expect(sketchCoordinates(79_510, 7)).not.toEqual(sketchCoordinates(79_510, 8))
})

test('keeps every coordinate of a vector of at most 256 numbers', () => {
  expect(Array.from(sketchCoordinates(5, 1))).toEqual([0, 1, 2, 3, 4])
  expect(Array.from(sketchCoordinates(256, 1))).toEqual(Array.from({ length: 256 }, (_, i) => i))
})

test('coordinates are ascending, distinct and below d', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200_000 }), fc.nat(1_000_000), (d, seed) => {
      const coordinates = Array.from(sketchCoordinates(d, seed))
      expect(coordinates).toHaveLength(Math.min(d, 256))
      expect(new Set(coordinates).size).toBe(coordinates.length)
      expect(coordinates).toEqual([...coordinates].sort((a, b) => a - b))
      expect(coordinates.at(-1)).toBeLessThan(d)
    }),
  )
})

test('decoding returns the chosen coordinates bit for bit', () => {
  fc.assert(
    fc.property(fc.float32Array({ minLength: 1, maxLength: 600 }), fc.nat(1_000_000), (vector, seed) => {
      const coordinates = sketchCoordinates(vector.length, seed)
      const expected = Float32Array.from(coordinates, (coordinate) => vector[coordinate] as number)
      expect(decodeSketch(encodeSketch(vector, coordinates))).toEqual(expected)
    }),
  )
})

test.each(['AACA', 'AACAPw=', 'AACA Pw=', '<script>', '====', 'AACAPw==AACAPw=='])(
  'refuses %j, which is no sketch',
  (text) => {
    expect(() => decodeSketch(text)).toThrow(RangeError)
  },
)

test('refuses a vector that lacks a coordinate', () => {
  expect(() => encodeSketch(Float32Array.of(1, 2), Uint32Array.of(2))).toThrow('needs d > 2, got d=2')
})
