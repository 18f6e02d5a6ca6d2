import { expect, test } from 'vitest'
import { randomStream } from '#learning/random.ts'
import { neighbourLists } from '#topology/graph.ts'
import { torus } from '#topology/topologies/torus.ts'

const random = randomStream(1, 'unused')

test('the corner of a 3 x 4 torus is joined across both borders', () => {
  const lists = neighbourLists(12, torus.build({ name: 'torus', rows: 3, columns: 4 }, 12, random))
  expect(lists[0]).toEqual([1, 3, 4, 8])
  expect(lists.every((list) => list.length === 4)).toBe(true)
})

test('two rows join each pair once', () => {
  expect(torus.build({ name: 'torus', rows: 2, columns: 2 }, 4, random)).toEqual([
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 3],
  ])
  const lists = neighbourLists(8, torus.build({ name: 'torus', rows: 2, columns: 4 }, 8, random))
  expect(lists.map((list) => list.length)).toEqual([3, 3, 3, 3, 3, 3, 3, 3])
})

test('one row is a ring', () => {
  expect(torus.build({ name: 'torus', rows: 1, columns: 3 }, 3, random)).toEqual([
    [0, 1],
    [0, 2],
    [1, 2],
  ])
})

test('a number of peers that does not fit is refused, with values that do', () => {
  expect(() => torus.build({ name: 'torus', rows: 4, columns: 4 }, 12, random)).toThrow(
    new RangeError('torus of rows=4, columns=4 needs n=16 peers, got n=12; rows=3, columns=4 would fit'),
  )
  expect(() => torus.build({ name: 'torus', rows: 2, columns: 4 }, 7, random)).toThrow(
    new RangeError('torus of rows=2, columns=4 needs n=8 peers, got n=7'),
  )
})
