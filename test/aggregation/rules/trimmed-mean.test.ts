import { expect, test } from 'vitest'
import { trimmedMean } from '#aggregation/rules/trimmed-mean.ts'
import { inputOf } from '../input.ts'

const rows = [
  [1, -900],
  [2, 4],
  [3, 5],
  [6, 6],
  [900, 7],
]

test('only the variant around the median may keep other than n - 2f values', () => {
  const values = { name: 'trimmed-mean', f: 1, keep: 'n-f-1' }
  expect(() => trimmedMean.configure(values, 5)).toThrow(
    'trimmed-mean keeps n-2f values with variant: symmetric; keep: n-f-1 needs variant: around-median',
  )
})

test('drops the largest and the smallest value of each coordinate', () => {
  const rule = trimmedMean.configure({ name: 'trimmed-mean', f: 1 }, 5)
  const { output, influence } = rule.aggregate(inputOf(rows))
  expect([...output]).toEqual([Math.fround(11 / 3), 5])
  expect(influence).toEqual([0, 1, 1, 1, 0].map((kept) => kept / 3))
})

test('around the median keeps the n - 2f values nearest it', () => {
  const rule = trimmedMean.configure({ name: 'trimmed-mean', f: 1, variant: 'around-median' }, 5)
  expect([...rule.aggregate(inputOf(rows)).output]).toEqual([2, 5])
})

test("around the median keeps n - f - 1 values as the LIE authors' code does", () => {
  const values = { name: 'trimmed-mean', f: 2, variant: 'around-median', keep: 'n-f-1' }
  const rule = trimmedMean.configure(values, 5)
  expect([...rule.aggregate(inputOf(rows)).output]).toEqual([2.5, 4.5])
})

test('with f = 0 is the mean', () => {
  const rule = trimmedMean.configure({ name: 'trimmed-mean', f: 0 }, 2)
  expect([...rule.aggregate(inputOf([[1], [2]])).output]).toEqual([1.5])
})

test('takes f as a share of the neighbourhood, rounded down', () => {
  expect(trimmedMean.configure({ name: 'trimmed-mean', f: { share: 0.25 } }, 7).f).toBe(1)
})

test('states its requirements', () => {
  expect(() => trimmedMean.configure({ name: 'trimmed-mean', f: 2 }, 4)).toThrow(
    'trimmed-mean needs n > 2f, got n=4, f=2',
  )
})
