import { expect, test } from 'vitest'
import { arc } from '#aggregation/pre-aggregators/arc.ts'
import { clipping } from '#aggregation/pre-aggregators/clipping.ts'
import { inputOf } from '../input.ts'

const rows = [
  [3, 4],
  [0, 1],
  [0, 0],
  [0, -10],
]

test('shortens vectors to the radius', () => {
  const input = inputOf(rows)
  const { vectors, mixing } = clipping.configure({ name: 'clipping', radius: 2.5 }, 4).transform(input)
  expect(vectors.map((vector) => [...vector])).toEqual([
    [1.5, 2],
    [0, 1],
    [0, 0],
    [0, -2.5],
  ])
  expect(mixing.map((row, i) => row[i])).toEqual([0.5, 1, 1, 0.25])
  expect(input.vectors.map((vector) => [...vector])).toEqual(rows)
})

test('arc shortens the floor(2 f / n (n - f)) longest to the next norm', () => {
  // f = 1, n = 4: one vector, to 5.
  const { vectors } = arc.configure({ name: 'arc', f: 1 }, 4).transform(inputOf(rows))
  expect(vectors.map((vector) => [...vector])).toEqual([
    [3, 4],
    [0, 1],
    [0, 0],
    [0, -5],
  ])
})

test('arc changes nothing without Byzantine peers, and needs n > 2f', () => {
  const { vectors } = arc.configure({ name: 'arc', f: 0 }, 4).transform(inputOf(rows))
  expect(vectors.map((vector) => [...vector])).toEqual(rows)
  expect(() => arc.configure({ name: 'arc', f: 2 }, 4)).toThrow('arc needs n > 2f, got n=4, f=2')
})
