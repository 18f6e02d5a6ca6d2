import { expect, test } from 'vitest'
import { ubar } from '#aggregation/rules/ubar.ts'
import { inputOf } from '../input.ts'

const rows = [[0], [1], [2], [30], [40], [50]]
const of = (values: Record<string, unknown> = {}) => ubar.configure({ name: 'ubar', ...values }, 6)

test('mixes its own vector with near neighbours that have no higher loss', () => {
  // floor(0.6 x 5) = 3 near: 1, 2, 30; of these 1 and 30 pass.
  const { output, influence } = of({ rho: 0.6 }).aggregate(inputOf(rows, { losses: [5, 5, 6, 1, 0, 0] }))
  expect([...output]).toEqual([7.75])
  expect(influence).toEqual([0.5, 0.25, 0, 0.25, 0, 0])
})

test('if no loss is low enough, takes the near neighbour with the lowest loss, or the nearest', () => {
  const losses = [1, 9, 8, 0, 0, 0]
  expect([...of().aggregate(inputOf(rows, { losses })).output]).toEqual([1])
  expect([...of({ whenNone: 'nearest' }).aggregate(inputOf(rows, { losses })).output]).toEqual([0.5])
})

test('a loss that is not a number is too high', () => {
  const { influence } = of({ rho: 0.6 }).aggregate(inputOf(rows, { losses: [5, Number.NaN, 1, Number.NaN, 0, 0] }))
  expect(influence).toEqual([0.5, 0, 0.5, 0, 0, 0])
})

test('needs the losses', () => {
  expect(of().needs).toEqual(['loss'])
  expect(() => of().aggregate(inputOf(rows))).toThrow('ubar needs 6 losses, got none')
})
