import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mixingMatrix } from '#protocol/mixing.ts'
import { algebraicConnectivity, byzantineWeights, eigenvalues, honestMixing, spectralGap } from '#protocol/spectrum.ts'
import type { Edge } from '#protocol/topologies/topology.ts'
import golden from '../vectors/gossip.json' with { type: 'json' }

const star: Edge[] = [1, 2, 3, 4].map((leaf) => [0, leaf])
const square: Edge[] = [
  [0, 1],
  [0, 3],
  [1, 2],
  [2, 3],
]

test.for(golden.topologies)(
  'spectral gap of $name agrees with the robust-gossip code',
  ({ n, edges, spectralGap: gap }) => {
    expect(spectralGap(mixingMatrix(n, edges as unknown as Edge[]))).toBeCloseTo(gap, 12)
  },
)

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

test('eigenvalues keep the trace and the Frobenius norm, and the matrix is not touched', () => {
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

test('a matrix of zeros and an empty one have their eigenvalues too', () => {
  const zeros = eigenvalues([
    [0, 0],
    [0, 0],
  ])
  expect(zeros.map(Math.abs)).toEqual([0, 0])
  expect(eigenvalues([])).toEqual([])
})

test('the gap is 0 where the graph is in two parts and 1 for a peer alone', () => {
  const parts: Edge[] = [
    [0, 1],
    [2, 3],
  ]
  expect(spectralGap(mixingMatrix(4, parts))).toBeCloseTo(0, 12)
  expect(spectralGap(mixingMatrix(1, []))).toBe(1)
})

test('the honest matrix folds Byzantine weight into the diagonal', () => {
  // The square has weights 1/3; without peer 3 a path 0 - 1 - 2 is left, its ends keep 2/3.
  const matrix = honestMixing(4, square, [3])
  const third = 1 / 3
  const expected = [
    [2 * third, third, 0],
    [third, third, third],
    [0, third, 2 * third],
  ]
  for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) expect(matrix[i]![j]).toBeCloseTo(expected[i]![j]!, 14)
  // Its eigenvalues are 1, 2/3, 0.
  expect(spectralGap(matrix)).toBeCloseTo(third, 12)
})

test('Byzantine weight is the sum over the Byzantine neighbours, a liar not counted to itself', () => {
  expect(byzantineWeights(4, square, [1, 3]).map((weight) => Math.round(weight * 3))).toEqual([2, 0, 2, 0])
  expect(byzantineWeights(5, star, [0])).toEqual([0, 0.2, 0.2, 0.2, 0.2])
})

test('algebraic connectivity of known graphs', () => {
  // Star: 1; square: 2; complete graph of 5: 5; two parts: 0.
  expect(algebraicConnectivity(5, star)).toBeCloseTo(1, 12)
  expect(algebraicConnectivity(4, square)).toBeCloseTo(2, 12)
  const complete: Edge[] = [0, 1, 2, 3, 4].flatMap((i) => [1, 2, 3, 4].filter((j) => j > i).map((j): Edge => [i, j]))
  expect(algebraicConnectivity(5, complete)).toBeCloseTo(5, 12)
  expect(algebraicConnectivity(4, [[0, 1]])).toBeCloseTo(0, 12)
  expect(algebraicConnectivity(1, [])).toBe(0)
})
