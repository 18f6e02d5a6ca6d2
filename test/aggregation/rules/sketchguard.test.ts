import { expect, test } from 'vitest'
import { countSketch, hashingOf, sketchguard } from '#aggregation/rules/sketchguard.ts'
import { inputOf } from '../input.ts'

const rows = [
  [1, 2, 3],
  [1, 2, 4],
  [5, 9, 3],
]

test('compares count sketches, mixes whole vectors', () => {
  const hash = [0, 1, 0]
  const sign = [1, 1, -1]
  expect(
    rows.map((row) => [...countSketch(Float32Array.from(row), hashingOf(3, { sketchSize: 2, seed: 0, hash, sign }))]),
  ).toEqual([
    [-2, 2],
    [-3, 2],
    [2, 9],
  ])
  // The peer's own sketch has norm 2.83; the others are 1 and 8.06 away.
  const rule = sketchguard.configure({ name: 'sketchguard', sketchSize: 2, hash, sign, gamma: 1 }, 3)
  expect([...rule.aggregate(inputOf(rows)).output]).toEqual([1, 2, 3.5])
})

test('hash and signs follow from the seed, and use all places and both signs', () => {
  const ones = new Float32Array(4000).fill(1)
  const sketch = countSketch(ones, hashingOf(4000, { sketchSize: 8, seed: 1 }))
  expect(countSketch(ones, hashingOf(4000, { sketchSize: 8, seed: 1 }))).toEqual(sketch)
  expect(countSketch(ones, hashingOf(4000, { sketchSize: 8, seed: 2 }))).not.toEqual(sketch)
  // 500 signs each: a fair coin stays within 5 deviations of 22.
  expect(Math.max(...sketch.map(Math.abs))).toBeLessThan(112)
  const places = Array.from({ length: 4000 }, (_, k) => {
    const one = new Float32Array(4000)
    one[k] = 1
    return k < 200
      ? countSketch(one, hashingOf(4000, { sketchSize: 8, seed: 1 })).findIndex((value) => value !== 0)
      : -1
  })
  expect(new Set(places.slice(0, 200)).size).toBe(8)
})

test('refuses a hash of another length or beyond the sketch', () => {
  const short = sketchguard.configure({ name: 'sketchguard', hash: [0] }, 3)
  expect(() => short.aggregate(inputOf(rows))).toThrow('sketchguard needs 3 numbers in hash, got 1')
  const beyond = sketchguard.configure({ name: 'sketchguard', sketchSize: 2, hash: [0, 1, 2] }, 3)
  expect(() => beyond.aggregate(inputOf(rows))).toThrow('sketchguard needs places below 2, got 2')
})

test('refuses a sketch that is too large for memory', () => {
  expect(() => sketchguard.configure({ name: 'sketchguard', sketchSize: 1e15 }, 3)).toThrow(
    'expected number to be <=1000000',
  )
})
