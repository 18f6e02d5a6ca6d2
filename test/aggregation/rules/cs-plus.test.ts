import { expect, test } from 'vitest'
import { csPlus } from '#aggregation/rules/cs-plus.ts'
import { gts } from '#aggregation/rules/gts.ts'
import { inputOf } from '../input.ts'

const rows = [[0], [1], [-2], [4], [9]]

test('clips all pulls at the distance beyond which 2b of the weight lies', () => {
  // b = 1/5: own, 1 and -2 have 3/5, so tau = 2: (1 - 2 + 2 + 2) / 5.
  const { output, influence } = csPlus.configure({ name: 'cs-plus', f: 1 }, 5).aggregate(inputOf(rows))
  expect([...output]).toEqual([Math.fround(0.6)])
  expect(influence[4]).toBeCloseTo((0.2 * 2) / 9, 12)
})

test('takes the f heaviest neighbours for the weight of the Byzantine peers', () => {
  // b = 0.4, so tau is that of weight 0.2: the own vector alone, and nothing moves.
  const weights = [0.2, 0.4, 0.2, 0.1, 0.1]
  expect([...csPlus.configure({ name: 'cs-plus', f: 1 }, 5).aggregate(inputOf(rows, { weights })).output]).toEqual([0])
})

test('gts drops the farthest weight b and keeps n - f vectors under equal weights', () => {
  const rule = gts.configure({ name: 'gts', f: 1 }, 5)
  const { output, influence } = rule.aggregate(inputOf(rows))
  // 9 is dropped, its weight stays with the own vector: (1 - 2 + 4) / 5.
  expect([...output]).toEqual([Math.fround(0.6)])
  expect(influence).toEqual([expect.closeTo(0.4, 12), 0.2, 0.2, 0.2, 0])
})

test('gts drops nobody without Byzantine peers', () => {
  const { influence } = gts.configure({ name: 'gts', f: 0 }, 5).aggregate(inputOf(rows))
  expect(influence).toEqual([0.2, 0.2, 0.2, 0.2, 0.2].map((share) => expect.closeTo(share, 12)))
})

test('gts drops a neighbour whole whose weight passes the bound', () => {
  const weights = [0.2, 0.4, 0.1, 0.1, 0.2]
  // b = 0.4: 0.6 of weight may stay; own, 1 have that; -2 would pass it.
  const { influence } = gts.configure({ name: 'gts', f: 1 }, 5).aggregate(inputOf(rows, { weights }))
  expect(influence).toEqual([expect.closeTo(0.6, 12), 0.4, 0, 0, 0])
})
