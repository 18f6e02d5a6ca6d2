import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createColumn } from '#aggregation/kernels/column.ts'
import { meanAroundMedian } from '#aggregation/math/order-statistics.ts'

test('a column sorts stably, at any length', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 300 }), (numbers) => {
      const column = createColumn(numbers.length)
      column.raw.set(numbers)
      column.sort()
      const order = numbers.map((_, i) => i).sort((a, b) => (numbers[a] as number) - (numbers[b] as number) || a - b)
      expect([...column.order]).toEqual(order)
      expect([...column.values]).toEqual(order.map((i) => numbers[i]))
      expect([...column.raw]).toEqual(numbers)
    }),
    { numRuns: 100 },
  )
})

test('of two values equally far from the median, the lower index stays', () => {
  const lower = [[1], [3], [2]].map((row) => Float32Array.from(row))
  expect([...meanAroundMedian(lower, 2).output]).toEqual([1.5])
  const upper = [[3], [1], [2]].map((row) => Float32Array.from(row))
  expect([...meanAroundMedian(upper, 2).output]).toEqual([2.5])
})
