import { expect, test } from 'vitest'
import { krum } from '#aggregation/rules/krum.ts'
import { inputOf } from '../input.ts'

const line = [[0], [1], [2], [3], [10]]

test('returns the vector with the nearest n - f - 2 others', () => {
  const rule = krum.configure({ name: 'krum', f: 1 }, 5)
  const { output, influence } = rule.aggregate(inputOf(line))
  // Scores: 1 + 4, 1 + 1, 1 + 1, 1 + 4, 49 + 64: 1 and 2 tie, the lower index wins.
  expect([...output]).toEqual([1])
  expect(influence).toEqual([0, 1, 0, 0, 0])
})

test('counts n - f - 1 others as ByzFL does', () => {
  const rule = krum.configure({ name: 'krum', f: 1, neighbours: 'n-f-1' }, 5)
  // Scores: 1 + 4 + 9, 1 + 1 + 4, 1 + 1 + 4, 1 + 4 + 9, ...
  expect([...rule.aggregate(inputOf([[10], [3], [2], [1], [0]])).output]).toEqual([2])
})

test("chooses differently with the LIE authors' plain distances", () => {
  const rows = [[0], [4], [4.5], [11], [12], [13], [14]]
  // Of f = 2: n - f = 5 others. Plain sums: 11 has 1 + 2 + 3 + 6.5 + 7 = 19.5, before 12 at the same.
  const plain = krum.configure({ name: 'krum', f: 2, neighbours: 'n-f', squared: false }, 7)
  expect([...plain.aggregate(inputOf(rows)).output]).toEqual([11])
  // Squared and n - f - 2 = 3 others: 12 has 1 + 1 + 4 = 6, before 13 at the same score.
  const paper = krum.configure({ name: 'krum', f: 2 }, 7)
  expect([...paper.aggregate(inputOf(rows)).output]).toEqual([12])
})

test('returns a copy', () => {
  const given = inputOf(line)
  const { output } = krum.configure({ name: 'krum', f: 1 }, 5).aggregate(given)
  output[0] = 77
  expect(given.vectors.map((vector) => [...vector])).toEqual(line)
})

test("needs n > 2f + 2 for the paper's neighbours, n > 2f for the wider variants, nothing for f = 0", () => {
  expect(() => krum.configure({ name: 'krum', f: 1 }, 4)).toThrow(/krum needs n > 2f \+ 2 .*, got n=4, f=1/)
  expect(krum.configure({ name: 'krum', f: 1, neighbours: 'n-f-1' }, 3).minimum).toBe(3)
  expect([...krum.configure({ name: 'krum', f: 0 }, 1).aggregate(inputOf([[5]])).output]).toEqual([5])
})
