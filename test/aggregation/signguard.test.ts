import fc from 'fast-check'
import { expect, test } from 'vitest'
import { meanShift } from '#aggregation/mean-shift.ts'
import { signguard } from '#aggregation/signguard.ts'
import { inputOf } from './input.ts'

const all = { name: 'signguard', coordinates: 1 }

test('keeps usual norms and usual signs, and clips to the median norm', () => {
  const rows = [
    [1, 1],
    [2, 2],
    [1, 3],
    [-2, -2],
    [50, 50],
  ]
  // Norms 1.41, 2.83, 3.16, 2.83, 70.7: median 2.83. The fifth is too long, the fourth has other signs.
  const { influence, output } = signguard.configure(all, 5).aggregate(inputOf(rows))
  const factor = Math.sqrt(8 / 10)
  expect(influence.map((share) => share * 3)).toEqual([1, 1, expect.closeTo(factor, 12), 0, 0])
  expect(output[0]).toBeCloseTo((1 + 2 + factor) / 3, 6)
})

test('counts signs in one contiguous block, drawn at random', () => {
  const rows = [
    [1, -1],
    [1, 1],
    [1, 1],
  ]
  const rule = signguard.configure({ name: 'signguard', coordinates: 0.5 }, 3)
  expect(rule.aggregate(inputOf(rows, { random: () => 0 })).influence.every((share) => share > 0)).toBe(true)
  expect(rule.aggregate(inputOf(rows, { random: () => 0.9 })).influence[0]).toBe(0)
  expect(() => rule.aggregate(inputOf(rows))).toThrow('signguard draws at random')
})

test('falls back to the norms where no vector passes both filters', () => {
  const { influence } = signguard.configure(all, 3).aggregate(inputOf([[100], [100], [-1]]))
  expect(influence).toEqual([0.5, 0.5, 0])
  const other = signguard.configure({ ...all, lower: 1, upper: 1 }, 5)
  const rows = [[1], [2], [-3], [4], [5]]
  expect(other.aggregate(inputOf(rows)).influence).toEqual([0, 0, 1, 0, 0])
})

test('mean shift finds two groups on a line, the larger one first', () => {
  expect(meanShift([[5], [5.1], [0], [0.1], [0.2], [0.05]], 0.5)).toEqual([1, 1, 0, 0, 0, 0])
})

test('mean shift gives every point a cluster, equal points the same', () => {
  // The mean of three sevenths is not always three sevenths.
  const share = fc.integer({ min: 0, max: 7 }).map((value) => value / 7)
  fc.assert(
    fc.property(fc.array(fc.tuple(share, share), { minLength: 1, maxLength: 4 }), (points) => {
      const clusters = meanShift([...points, ...points, ...points], 0.5)
      expect(clusters.every((cluster) => cluster >= 0 && cluster < points.length)).toBe(true)
      points.forEach((_, i) => {
        expect(clusters[i + points.length]).toBe(clusters[i])
      })
    }),
    { numRuns: 500 },
  )
})
