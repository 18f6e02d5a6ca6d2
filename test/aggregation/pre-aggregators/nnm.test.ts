import { expect, test } from 'vitest'
import { nnm } from '#aggregation/pre-aggregators/nnm.ts'
import { inputOf } from '../input.ts'

test('replaces each vector by the mean of its n - f nearest, itself included', () => {
  const stage = nnm.configure({ name: 'nnm', f: 1 }, 4)
  const { vectors, mixing, own } = stage.transform(inputOf([[0], [1], [3], [100]], { own: 2 }))
  expect(vectors.map((vector) => [...vector])).toEqual([4 / 3, 4 / 3, 4 / 3, 104 / 3].map((v) => [Math.fround(v)]))
  expect(mixing[3]?.map((share) => share * 3)).toEqual([0, 1, 1, 1])
  expect(own).toBe(2)
})

test('counts the vector itself first, even among equal ones', () => {
  const { mixing } = nnm.configure({ name: 'nnm', f: 1 }, 3).transform(inputOf([[1], [1], [1]]))
  expect(mixing).toEqual([
    [0.5, 0.5, 0],
    [0.5, 0.5, 0],
    [0.5, 0, 0.5],
  ])
})

test('gives vectors with the same neighbours one new array', () => {
  const input = inputOf([[2], [2]])
  const { vectors } = nnm.configure({ name: 'nnm', f: 0 }, 2).transform(input)
  expect(vectors.map(([value]) => value)).toEqual([2, 2])
  expect(vectors[0]).toBe(vectors[1])
  expect(input.vectors).not.toContain(vectors[0])
})
