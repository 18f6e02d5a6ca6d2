import { expect, test } from 'vitest'
import { centeredClipping } from '#aggregation/rules/centered-clipping.ts'
import { inputOf } from '../input.ts'

test('moves from its own vector by the mean of differences no longer than tau', () => {
  const rule = centeredClipping.configure({ name: 'centered-clipping', tau: 1 }, 4)
  const { output, influence } = rule.aggregate(
    inputOf(
      [
        [0, 0],
        [0.5, 0],
        [0, 4],
        [0, -8],
      ],
      { own: 0 },
    ),
  )
  // Differences 0, (.5, 0), (0, 1) of (0, 4), (0, -1) of (0, -8).
  expect([...output]).toEqual([0.125, 0])
  expect(influence.slice(1)).toEqual([0.25, 0.0625, 0.03125])
  expect(influence.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
})

test('goes on from its previous output, which is its state', () => {
  const rule = centeredClipping.configure({ name: 'centered-clipping', tau: 1, start: 'zero' }, 2)
  const first = rule.aggregate(inputOf([[4], [4]]))
  expect([...first.output]).toEqual([1])
  const second = rule.aggregate(inputOf([[4], [4]], first.state ? { state: first.state } : {}))
  expect([...second.output]).toEqual([2])
  expect([...(second.state ?? [])]).toEqual([2])
})

test('starts from a given vector of the right length', () => {
  const rule = centeredClipping.configure({ name: 'centered-clipping', tau: 1, start: [10] }, 1)
  expect([...rule.aggregate(inputOf([[4]])).output]).toEqual([9])
  expect(() => rule.aggregate(inputOf([[4, 5]]))).toThrow('centered-clipping starts from 1 numbers, needs 2')
})

test('one Byzantine peer moves an honest peer by at most tau / n a step, however far it is', () => {
  const rule = centeredClipping.configure({ name: 'centered-clipping', tau: 2, iterations: 1 }, 4)
  expect([...rule.aggregate(inputOf([[1], [1], [1], [1e30]])).output]).toEqual([1.5])
})
