import { expect, test } from 'vitest'
import { multiKrum } from '#aggregation/rules/multi-krum.ts'
import { inputOf } from '../input.ts'

test('averages the n - f vectors with the lowest scores', () => {
  const rule = multiKrum.configure({ name: 'multi-krum', f: 1 }, 5)
  const { output, influence } = rule.aggregate(inputOf([[0], [1], [2], [3], [10]]))
  expect([...output]).toEqual([1.5])
  expect(influence).toEqual([0.25, 0.25, 0.25, 0.25, 0])
})

test('averages `select` vectors', () => {
  const rule = multiKrum.configure({ name: 'multi-krum', f: 1, select: 2 }, 5)
  expect([...rule.aggregate(inputOf([[0], [1], [2], [3], [10]])).output]).toEqual([1.5])
  expect([...rule.aggregate(inputOf([[10], [5], [1], [0.9], [0.7]])).output]).toEqual([Math.fround(0.95)])
})

test('refuses to average more vectors than there are', () => {
  expect(() => multiKrum.configure({ name: 'multi-krum', f: 1, select: 6 }, 5)).toThrow(/n >= select, got n=5/)
})
