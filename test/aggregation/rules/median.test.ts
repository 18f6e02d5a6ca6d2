import { expect, test } from 'vitest'
import { median } from '#aggregation/rules/median.ts'
import { inputOf } from '../input.ts'

test('takes the middle value of each coordinate', () => {
  const rule = median.configure({ name: 'median' }, 3)
  const { output, influence } = rule.aggregate(
    inputOf([
      [1, 60],
      [2, 40],
      [900, 50],
    ]),
  )
  expect([...output]).toEqual([2, 50])
  expect(influence).toEqual([0, 0.5, 0.5])
})

test('takes the mean of the two in the middle of an even number', () => {
  const rule = median.configure({ name: 'median' }, 4)
  const { output, influence } = rule.aggregate(inputOf([[1], [2], [4], [900]]))
  expect([...output]).toEqual([3])
  expect(influence).toEqual([0, 0.5, 0.5, 0])
})

test('holds for more vectors than insertion sorts', () => {
  for (const n of [64, 65, 97, 200]) {
    const rows = Array.from({ length: n }, (_, i) => [(i * 37) % n])
    const rule = median.configure({ name: 'median' }, n)
    const [middle] = rule.aggregate(inputOf(rows)).output
    const sorted = rows.map(([value]) => value as number).sort((a, b) => a - b)
    expect(middle).toBe(((sorted[(n - 1) >> 1] as number) + (sorted[n >> 1] as number)) / 2)
  }
})
