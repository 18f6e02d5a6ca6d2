import fc from 'fast-check'
import { expect, test } from 'vitest'
import { meanShift } from '#aggregation/math/mean-shift.ts'
import { signguard } from '#aggregation/rules/signguard.ts'
import { inputOf } from '../input.ts'

const all = { name: 'signguard', coordinates: 1 }

test('keeps typical norms and typical signs, and clips to the median norm', () => {
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

test('falls back to the norm filter if no vector passes both filters', () => {
  const { influence } = signguard.configure(all, 3).aggregate(inputOf([[100], [100], [-1]]))
  expect(influence).toEqual([0.5, 0.5, 0])
  const other = signguard.configure({ ...all, lower: 1, upper: 1 }, 5)
  const rows = [[1], [2], [-3], [4], [5]]
  expect(other.aggregate(inputOf(rows)).influence).toEqual([0, 0, 1, 0, 0])
})

test('mean shift finds two groups on a line, the larger one first', () => {
  expect(meanShift([[5], [5.1], [0], [0.1], [0.2], [0.05]], 0.5)).toEqual([1, 1, 0, 0, 0, 0])
})

test.each([
  {
    points: [
      [1.2843, 0.289, 0.2187],
      [0.5725, 0.6541, 0.1073],
      [0.2673, 0.6511, 0.5132],
      [0.1256, 0.6669, 0.369],
      [0.7001, 0.6326, 0.7253],
      [0.7767, 0.708, 0.5602],
      [0.7334, 0.9703, 0.811],
      [-0.1483, 0.8659, 0.2051],
    ],
    labels: [1, 0, 0, 0, 0, 0, 0, -1],
  },
  {
    points: [
      [0.9674, 0.6687, 0.0083],
      [0.9195, 0.8045, 0.1231],
      [0.9972, 0.645, 0.0877],
      [1.0294, 0.6372, 0.0551],
      [0.9474, 0.6594, 0.1187],
      [0.9266, 0.6968, 0.1035],
      [0.9842, 0.7004, 0.012],
      [0.8973, 0.5896, 0.0985],
      [1, 0.7157, 0.1736],
    ],
    labels: [0, 1, 0, 0, 0, 0, 0, 0, -1],
  },
])(
  'mean shift has the labels of scikit-learn 1.9.1, bins as seeds and not all clustered: $labels',
  ({ points, labels }) => {
    expect(meanShift(points, 0.5)).toEqual(labels)
  },
)

test('mean shift puts equal points into the same cluster, or none', () => {
  // The mean of three sevenths is not always three sevenths.
  const share = fc.integer({ min: 0, max: 7 }).map((value) => value / 7)
  fc.assert(
    fc.property(fc.array(fc.tuple(share, share), { minLength: 1, maxLength: 4 }), (points) => {
      const clusters = meanShift([...points, ...points, ...points], 0.5)
      expect(clusters.every((cluster) => cluster >= -1 && cluster < points.length)).toBe(true)
      expect(clusters.some((cluster) => cluster === 0)).toBe(true)
      points.forEach((_, i) => {
        expect(clusters[i + points.length]).toBe(clusters[i])
      })
    }),
    { numRuns: 500 },
  )
})
