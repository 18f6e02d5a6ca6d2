import { expect, test } from 'vitest'
import { caf } from '#aggregation/rules/caf.ts'
import { inputOf } from '../input.ts'

test('removes the weight of an outlier', () => {
  const { output, influence } = caf.configure({ name: 'caf', f: 1 }, 4).aggregate(inputOf([[0], [0], [0], [8]]))
  // Mean 2: parts 4, 4, 4, 36, so the last falls to 0 and the others to 8/9 each; their variance is 0.
  expect([...output]).toEqual([0])
  expect(influence.map((share) => Math.round(share * 3e9) / 3e9)).toEqual([1 / 3, 1 / 3, 1 / 3, 0])
})

test('with `greatest: counting`, goes on among the vectors that count if one is very far away', () => {
  const rows = [[0], [1], [-1], [1e6], [50]]
  const { influence } = caf.configure({ name: 'caf', f: 2, greatest: 'counting' }, 5).aggregate(inputOf(rows))
  expect(influence.slice(3).every((share) => share < 1e-6)).toBe(true)
})

test('divides by the maximum over all vectors, as ByzFL does, or over those that count', () => {
  const rows = [[0], [1], [3], [4], [9]]
  // In plain numbers: in one dimension every vector is its own part, and the eigenvector is 1.
  const expected = (all: boolean) => {
    let counts = rows.map(() => 1)
    let [best, least] = [0, Infinity]
    for (let total = 5; total > 1; total = counts.reduce((a, b) => a + b)) {
      const mean = rows.reduce((sum, [x], i) => sum + (counts[i] as number) * (x as number), 0) / total
      const parts = rows.map(([x]) => ((x as number) - mean) ** 2)
      const variance = parts.reduce((sum, part, i) => sum + (counts[i] as number) * part, 0) / total
      if (variance < least) [best, least] = [mean, variance]
      const most = Math.max(...parts.filter((_, i) => all || (counts[i] as number) > 0))
      counts = counts.map((count, i) => (count > 0 ? count * (1 - (parts[i] as number) / most) : 0))
    }
    return best
  }
  const of = (greatest?: string) =>
    caf.configure({ name: 'caf', f: 2, ...(greatest ? { greatest } : {}) }, 5).aggregate(inputOf(rows))
      .output[0] as number
  expect(of('all')).toBeCloseTo(expected(true), 5)
  expect(of()).toBe(of('all'))
  expect(of('counting')).toBeCloseTo(expected(false), 5)
  expect(Math.abs(of('all') - of('counting'))).toBeGreaterThan(0.01)
})

test('with `greatest: all`, one vector far away does not prevent the end', () => {
  const rows = [[0], [1], [-1], [1e6], [50]]
  const { output } = caf.configure({ name: 'caf', f: 2 }, 5).aggregate(inputOf(rows))
  expect(Number.isFinite(output[0])).toBe(true)
})

test('is the mean without Byzantine peers, and if all vectors are equal', () => {
  expect([...caf.configure({ name: 'caf', f: 0 }, 2).aggregate(inputOf([[1], [3]])).output]).toEqual([2])
  expect([...caf.configure({ name: 'caf', f: 1 }, 3).aggregate(inputOf([[5], [5], [5]])).output]).toEqual([5])
})
