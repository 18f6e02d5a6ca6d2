import { expect, test } from 'vitest'
import { fiedlerVector } from '#topology/spectrum/fiedler.ts'

test('of a path of three is (1, 0, -1) / sqrt 2', () => {
  const vector = fiedlerVector([[1], [0, 2], [1]])
  expect(vector[0]).toBeCloseTo(Math.SQRT1_2, 12)
  expect(vector[1]).toBeCloseTo(0, 12)
  expect(vector[2]).toBeCloseTo(-Math.SQRT1_2, 12)
})

test('satisfies L v = lambda v with the smallest lambda above 0, on a barbell', () => {
  const neighbours = [
    [1, 2],
    [0, 2],
    [0, 1, 3],
    [2, 4, 5],
    [3, 5],
    [3, 4],
  ]
  const v = fiedlerVector(neighbours)
  const image = neighbours.map((list, i) => list.reduce((sum, j) => sum + (v[i] as number) - (v[j] as number), 0))
  // The barbell of two triangles has the algebraic connectivity (5 - sqrt 17) / 2.
  image.forEach((value, i) => {
    expect(value).toBeCloseTo(((5 - Math.sqrt(17)) / 2) * (v[i] as number), 10)
  })
  expect([...v].map(Math.sign)).toEqual([1, 1, 1, -1, -1, -1])
  expect(v.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12)
  expect(v.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 12)
})

test('separates the parts of a graph in two pieces, and is zero for a single peer', () => {
  const v = fiedlerVector([[1], [0], [3], [2]])
  expect(v[0]).toBeCloseTo(v[1] as number, 12)
  expect(v[2]).toBeCloseTo(v[3] as number, 12)
  expect(v[0]).toBeCloseTo(-(v[2] as number), 12)
  expect([...fiedlerVector([[]])]).toEqual([0])
})
