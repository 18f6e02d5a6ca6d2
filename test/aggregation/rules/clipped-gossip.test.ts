import { expect, test } from 'vitest'
import { clippedGossip } from '#aggregation/rules/clipped-gossip.ts'
import { inputOf } from '../input.ts'

const rows = [[0], [1], [-2], [9]]
const of = (values: Record<string, unknown>) => clippedGossip.configure({ name: 'clipped-gossip', ...values }, 4)

test('no neighbour pulls further than the radius, by the mixing weights', () => {
  const weights = [0.25, 0.5, 0.125, 0.125]
  const { output, influence } = of({ radius: 1 }).aggregate(inputOf(rows, { weights }))
  // 0.5 x 1 - 0.125 x 1 + 0.125 x 1.
  expect([...output]).toEqual([0.5])
  expect(influence).toEqual([expect.closeTo(1 - 0.5 - 0.0625 - 0.125 / 9, 12), 0.5, 0.0625, 0.125 / 9])
})

test('the adaptive radius follows from the nearest vectors of weight 1 - delta', () => {
  // delta = 1/4; kept 0, 1, -2: tau = sqrt((1 + 4) / 4 / (1/4)) = sqrt 5.
  const [value] = of({ f: 1 }).aggregate(inputOf(rows)).output
  expect(value).toBeCloseTo((1 - 2 + Math.sqrt(5)) / 4, 6)
  // Less than 1 - delta: kept 0 and 1, tau = 1.
  expect([...of({ f: 1, radius: 'adaptive-strict' }).aggregate(inputOf(rows)).output]).toEqual([0.25])
})

test('without Byzantine peers nothing is clipped', () => {
  expect([...of({ f: 0 }).aggregate(inputOf(rows)).output]).toEqual([2])
})

test("the code's radius is the second largest distance, which two Byzantine peers choose", () => {
  expect([...of({ radius: 'second-largest' }).aggregate(inputOf(rows)).output]).toEqual([0.25])
  const [value] = of({ radius: 'second-largest' }).aggregate(inputOf([[0], [1], [1e6], [1e6]])).output
  expect(value).toBeGreaterThan(1e5)
})
