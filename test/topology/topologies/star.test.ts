import { expect, test } from 'vitest'
import { randomStream } from '#learning/random.ts'
import { star } from '#topology/topologies/star.ts'

test('peer 0 is in the middle', () => {
  expect(star.build({ name: 'star' }, 4, randomStream(1, 'unused'))).toEqual([
    [0, 1],
    [0, 2],
    [0, 3],
  ])
})
