import { expect, test } from 'vitest'
import { randomStream } from '#learning/random.ts'
import { neighbourLists } from '#topology/graph.ts'
import { ring } from '#topology/topologies/ring.ts'

const random = randomStream(1, 'unused')

test('the ring of four is a square', () => {
  expect(ring.build({ name: 'ring' }, 4, random)).toEqual([
    [0, 1],
    [0, 3],
    [1, 2],
    [2, 3],
  ])
})

test('four neighbours are the two on either side', () => {
  const lists = neighbourLists(8, ring.build({ name: 'ring', neighbours: 4 }, 8, random))
  expect(lists[0]).toEqual([1, 2, 6, 7])
  expect(lists[3]).toEqual([1, 2, 4, 5])
})

test('with one peer more than the neighbours it is the complete graph', () => {
  expect(ring.build({ name: 'ring', neighbours: 4 }, 5, random)).toHaveLength(10)
})

test('too few peers for the neighbours are refused', () => {
  expect(() => ring.build({ name: 'ring', neighbours: 4 }, 4, random)).toThrow(
    new RangeError('ring with neighbours=4 needs more than 4 peers, got n=4'),
  )
})

test('an odd number of neighbours is refused', () => {
  expect(ring.config.safeParse({ name: 'ring', neighbours: 3 }).success).toBe(false)
})
