import { expect, test } from 'vitest'
import { estimateOf, studentQuantile } from '#report/sweep/student-t.ts'

// Abramowitz and Stegun 1964, Table 26.10 (two-sided).
test.each([
  [0.95, 1, 12.706],
  [0.95, 2, 4.303],
  [0.95, 3, 3.182],
  [0.95, 4, 2.776],
  [0.95, 5, 2.571],
  [0.95, 9, 2.262],
  [0.95, 10, 2.228],
  [0.95, 30, 2.042],
  [0.95, 120, 1.98],
  [0.99, 1, 63.657],
  [0.99, 4, 4.604],
  [0.5, 2, 0.816],
])('the quantile of confidence %d at %d degrees is %d', (confidence, degrees, expected) => {
  expect(studentQuantile(confidence, degrees)).toBeCloseTo(expected, 2)
  expect(Math.abs(studentQuantile(confidence, degrees) - expected)).toBeLessThan(6e-4)
})

test('the interval of 1, 2, 3 is 2 with half width 4.303 / sqrt(3)', () => {
  const { n, mean, half } = estimateOf([1, 2, 3])
  expect([n, mean]).toEqual([3, 2])
  expect(half).toBeCloseTo(4.302653 / Math.sqrt(3), 5)
})

test('one value has no interval; NaN is left out', () => {
  expect(estimateOf([0.5, Number.NaN])).toEqual({ n: 1, mean: 0.5, half: null })
  expect(estimateOf([]).mean).toBeNaN()
})

test('refuses invalid degrees and confidences', () => {
  expect(() => studentQuantile(0.95, 0)).toThrow(RangeError)
  expect(() => studentQuantile(1, 3)).toThrow(RangeError)
})
