import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomStream } from '#learning/random.ts'
import { neighbourLists } from '#topology/graph.ts'
import { randomRegular } from '#topology/topologies/random-regular.ts'

const build = (degree: number, n: number, seed = 1) =>
  randomRegular.build({ name: 'random-regular', degree }, n, randomStream(seed, 'topology'))

test('every peer has the given degree', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 30 }),
      fc.integer({ min: 2, max: 29 }),
      fc.integer({ min: 0, max: 1e6 }),
      (n, degree, seed) => {
        fc.pre(degree < n && (n * degree) % 2 === 0)
        const lists = neighbourLists(n, build(degree, n, seed))
        expect(lists.every((list) => list.length === degree)).toBe(true)
      },
    ),
  )
})

test('another seed gives another graph', () => {
  expect(build(4, 20, 1)).not.toEqual(build(4, 20, 2))
})

test('a seed always gives this graph', () => {
  expect(build(3, 6, 1)).toEqual([
    [0, 1],
    [0, 4],
    [0, 5],
    [1, 2],
    [1, 3],
    [2, 3],
    [2, 4],
    [3, 5],
    [4, 5],
  ])
})

test('every graph of the degree occurs', () => {
  // The 2-regular connected graphs of 4 peers are the 3 squares.
  const squares = new Set(Array.from({ length: 60 }, (_, seed) => JSON.stringify(build(2, 4, seed))))
  expect(squares.size).toBe(3)
})

test('two peers of degree 1 are a pair', () => {
  expect(build(1, 2)).toEqual([[0, 1]])
})

test('a degree that does not fit is refused', () => {
  expect(() => build(4, 4)).toThrow(new RangeError('random-regular with degree=4 needs more than 4 peers, got n=4'))
  expect(() => build(3, 7)).toThrow(new RangeError('random-regular needs n times degree even, got n=7, degree=3'))
  expect(() => build(1, 4)).toThrow('needs n=2 peers, got n=4')
})
