import { expect, test } from 'vitest'
import { average } from '#aggregation/rules/average.ts'

test('averages with the mixing weights', () => {
  const rule = average.configure({ name: 'average' }, 2)
  const { output, influence } = rule.aggregate({
    vectors: [Float32Array.of(1, 2), Float32Array.of(3, 6)],
    own: 0,
    weights: [0.75, 0.25],
    round: 0,
    rounds: 1,
  })
  expect([...output]).toEqual([1.5, 3])
  expect(influence).toEqual([0.75, 0.25])
})
