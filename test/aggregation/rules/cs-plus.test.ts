import { expect, test } from 'vitest'
import { csPlus } from '#aggregation/rules/cs-plus.ts'
import { gts } from '#aggregation/rules/gts.ts'
import { inputOf } from '../input.ts'

const rows = [[0], [1], [-2], [4], [9]]

test('clips all pulls at the distance that leaves a weight of 2b beyond it', () => {
  // b = 1/5: own, 1 and -2 have 3/5, so tau = 2: (1 - 2 + 2 + 2) / 5.
  const { output, influence } = csPlus.configure({ name: 'cs-plus', f: 1 }, 5).aggregate(inputOf(rows))
  expect([...output]).toEqual([Math.fround(0.6)])
  expect(influence[4]).toBeCloseTo((0.2 * 2) / 9, 12)
})

test('takes the f heaviest neighbours for the weight of the Byzantine peers', () => {
  // b = 0.4 leaves a weight of 0.2: the peer's own vector only, so tau = 0 and nothing moves.
  const weights = [0.2, 0.4, 0.2, 0.1, 0.1]
  expect([...csPlus.configure({ name: 'cs-plus', f: 1 }, 5).aggregate(inputOf(rows, { weights })).output]).toEqual([0])
})

test('gts drops the farthest weight b and keeps n - f vectors under equal weights', () => {
  const rule = gts.configure({ name: 'gts', f: 1 }, 5)
  const { output, influence } = rule.aggregate(inputOf(rows))
  // 9 is dropped; its weight stays with the peer's own vector: (1 - 2 + 4) / 5.
  expect([...output]).toEqual([Math.fround(0.6)])
  expect(influence).toEqual([expect.closeTo(0.4, 12), 0.2, 0.2, 0.2, 0])
})

test('gts drops no vector without Byzantine peers', () => {
  const { influence } = gts.configure({ name: 'gts', f: 0 }, 5).aggregate(inputOf(rows))
  expect(influence).toEqual([0.2, 0.2, 0.2, 0.2, 0.2].map((share) => expect.closeTo(share, 12)))
})

test('gts drops the whole weight of a neighbour that exceeds the bound', () => {
  const weights = [0.2, 0.4, 0.1, 0.1, 0.2]
  // b = 0.4: a weight of 0.6 may stay. The peer's own vector and 1 have that; -2 would exceed it.
  const { influence } = gts.configure({ name: 'gts', f: 1 }, 5).aggregate(inputOf(rows, { weights }))
  expect(influence).toEqual([expect.closeTo(0.6, 12), 0.4, 0, 0, 0])
})
