import { expect, test } from 'vitest'
import { dnc } from '#aggregation/rules/dnc.ts'
import { inputOf } from '../input.ts'

const rows = [
  [0, 1],
  [0, -1],
  [1, 0],
  [9, 0],
]

test('drops the vectors with the longest projections on the direction of greatest variance', () => {
  // That direction is the first coordinate, the mean 2.5 there.
  const { output, influence } = dnc.configure({ name: 'dnc', f: 1 }, 4).aggregate(inputOf(rows))
  expect([...output]).toEqual([Math.fround(1 / 3), 0])
  expect(influence).toEqual([1 / 3, 1 / 3, 1 / 3, 0])
})

test('drops filter f vectors in a turn', () => {
  const rule = dnc.configure({ name: 'dnc', f: 1, filter: 2 }, 4)
  expect(rule.aggregate(inputOf(rows)).influence.filter((share) => share > 0)).toHaveLength(2)
  expect(() => dnc.configure({ name: 'dnc', f: 1, filter: 4 }, 4)).toThrow(
    'dnc needs n > 2f and n > filter f, got n=4, f=1',
  )
})

test('keeps the vectors that stayed in every turn, each turn with its own coordinates', () => {
  // Numbers just below 1 and at 0 draw coordinate 1, then coordinate 0.
  const draws = [0.99, 0]
  const rule = dnc.configure({ name: 'dnc', f: 1, iterations: 2, sample: 1 }, 4)
  const { influence } = rule.aggregate(
    inputOf(
      [
        [0, 0],
        [1, 0],
        [0, 7],
        [9, 1],
      ],
      { random: () => draws.shift() as number },
    ),
  )
  expect(influence).toEqual([0.5, 0.5, 0, 0])
})

test('draws nothing if the sample is all of d, and needs a random stream otherwise', () => {
  expect(() => dnc.configure({ name: 'dnc', f: 1, sample: 1 }, 4).aggregate(inputOf(rows))).toThrow(
    'dnc draws at random and needs a stream of numbers',
  )
})
