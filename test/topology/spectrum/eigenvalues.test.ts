import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eigenvalues } from '#topology/spectrum/eigenvalues.ts'

test('eigenvalues of a small matrix come in descending order', () => {
  const values = eigenvalues([
    [2, 1],
    [1, 2],
  ])
  expect(values[0]).toBeCloseTo(3, 14)
  expect(values[1]).toBeCloseTo(1, 14)
  expect(
    eigenvalues([
      [1, 0],
      [0, 5],
    ]),
  ).toEqual([5, 1])
})

test('eigenvalues keep the trace and the Frobenius norm, and the matrix does not change', () => {
  const matrix = fc.integer({ min: 1, max: 9 }).chain((n) =>
    fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n * n, maxLength: n * n }).map((flat) => {
      const at = (i: number, j: number) => flat[Math.min(i, j) * n + Math.max(i, j)]!
      return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => at(i, j)))
    }),
  )
  fc.assert(
    fc.property(matrix, (rows) => {
      const before = JSON.stringify(rows)
      const values = eigenvalues(rows)
      const total = (numbers: number[]) => numbers.reduce((sum, value) => sum + value, 0)
      expect(total(values)).toBeCloseTo(total(rows.map((row, i) => row[i]!)), 8)
      expect(total(values.map((v) => v * v))).toBeCloseTo(total(rows.flat().map((v) => v * v)), 6)
      expect(JSON.stringify(rows)).toBe(before)
    }),
  )
})

test('eigenvalues of a ring are those of the formula', () => {
  // 2 cos(2 pi k / n), each but the first (and the last) twice: a matrix of zeros on its diagonal.
  const n = 24
  const adjacency = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => ((i - j + n) % n === 1 || (j - i + n) % n === 1 ? 1 : 0)),
  )
  const expected = Array.from({ length: n }, (_, k) => 2 * Math.cos((2 * Math.PI * k) / n)).sort((x, y) => y - x)
  eigenvalues(adjacency).forEach((value, k) => {
    expect(value).toBeCloseTo(expected[k]!, 12)
  })
})

test('a zero matrix and an empty one have eigenvalues too', () => {
  const zeros = eigenvalues([
    [0, 0],
    [0, 0],
  ])
  expect(zeros.map(Math.abs)).toEqual([0, 0])
  expect(eigenvalues([])).toEqual([])
})
