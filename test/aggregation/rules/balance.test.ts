import { expect, test } from 'vitest'
import { balance, decay } from '#aggregation/rules/balance.ts'
import { inputOf } from '../input.ts'

const rows = [[2], [3], [5], [-9]]
const of = (values: Record<string, unknown>) => balance.configure({ name: 'balance', ...values }, 4)

test("mixes the peer's own vector with the mean of those within gamma times its norm", () => {
  // gamma |x| = 4: 3 and 5 are within.
  const { output, influence } = of({ gamma: 2 }).aggregate(inputOf(rows))
  expect([...output]).toEqual([3])
  expect(influence).toEqual([0.5, 0.25, 0.25, 0])
})

test('accepts fewer neighbours as the run goes on', () => {
  // 4 exp(-1/2) = 2.43: only 3.
  expect([...of({ gamma: 2 }).aggregate(inputOf(rows, { round: 5, rounds: 10 })).output]).toEqual([2.5])
})

test('takes the nearest if none is accepted, or does not move', () => {
  expect([...of({ gamma: 0.1, alpha: 0.75 }).aggregate(inputOf(rows)).output]).toEqual([2.25])
  expect([...of({ gamma: 0.1, whenNone: 'own' }).aggregate(inputOf(rows)).output]).toEqual([2])
})

test('decay is exp(-x)', () => {
  for (const x of [0, 1e-9, 0.3, 1, 7.5, 60]) expect(decay(x) / Math.exp(-x)).toBeCloseTo(1, 12)
})
