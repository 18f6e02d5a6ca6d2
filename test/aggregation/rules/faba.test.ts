import { expect, test } from 'vitest'
import { faba } from '#aggregation/rules/faba.ts'
import { ios } from '#aggregation/rules/ios.ts'
import { inputOf } from '../input.ts'

const rows = [[0], [1], [2], [3], [14]]

test('drops the vector farthest from the mean of those that remain, f times', () => {
  // Mean 4: 14 goes; mean 1.5 of the rest: 0 and 3 are equally far and the lower index stays.
  const { output, influence } = faba.configure({ name: 'faba', f: 2 }, 5).aggregate(inputOf(rows))
  expect([...output]).toEqual([1])
  expect(influence).toEqual([1 / 3, 1 / 3, 1 / 3, 0, 0])
})

test('ios does the same with mixing weights, and never drops its own', () => {
  const rule = ios.configure({ name: 'ios', f: 1 }, 5)
  const weights = [0.5, 0.125, 0.125, 0.125, 0.125]
  const mine = rule.aggregate(inputOf(rows, { weights }))
  expect(mine.influence.map((share) => share * 7)).toEqual([4, 1, 1, 1, 0].map((share) => expect.closeTo(share, 12)))
  expect([...mine.output]).toEqual([Math.fround(6 / 7)])
  const farthest = rule.aggregate(inputOf(rows, { own: 4 }))
  // Its own 14 stays; the farthest other from the mean 4 is 0.
  expect(farthest.influence).toEqual([0, 0.25, 0.25, 0.25, 0.25])
})

test('both need n > 2f', () => {
  expect(() => faba.configure({ name: 'faba', f: 2 }, 4)).toThrow('faba needs n > 2f, got n=4, f=2')
  expect(() => ios.configure({ name: 'ios', f: 2 }, 4)).toThrow('ios needs n > 2f, got n=4, f=2')
})
