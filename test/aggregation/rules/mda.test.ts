import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mda } from '#aggregation/rules/mda.ts'
import { inputOf } from '../input.ts'

test('averages the n - f vectors with the smallest diameter', () => {
  const { output, influence } = mda
    .configure({ name: 'mda', f: 2 }, 5)
    .aggregate(inputOf([[0], [10], [11], [13], [40]]))
  // 10, 11, 13 span 3.
  expect([...output]).toEqual([Math.fround(34 / 3)])
  expect(influence.map((share) => share > 0)).toEqual([false, true, true, true, false])
})

test('among subsets of equal diameter the first wins', () => {
  expect([...mda.configure({ name: 'mda', f: 1 }, 3).aggregate(inputOf([[0], [2], [4]])).output]).toEqual([1])
})

test('finds what a search through all subsets finds', () => {
  const rows = fc.integer({ min: 1, max: 3 }).chain((f) =>
    fc.tuple(
      fc.constant(f),
      fc.array(fc.tuple(fc.integer({ min: -6, max: 6 }), fc.integer({ min: -6, max: 6 })), {
        minLength: 2 * f + 1,
        maxLength: 9,
      }),
    ),
  )
  fc.assert(
    fc.property(rows, ([f, points]) => {
      const { influence } = mda.configure({ name: 'mda', f }, points.length).aggregate(inputOf(points))
      const chosen = [...influence.keys()].filter((i) => (influence[i] as number) > 0)
      expect(chosen).toEqual(bySearch(points, points.length - f))
    }),
    { numRuns: 200 },
  )
})

test('is fast with many subsets', () => {
  // C(60, 20) is 4e15; two distant clouds leave one candidate.
  const rows = Array.from({ length: 60 }, (_, i) => [i < 40 ? i / 100 : 1000 + i])
  const { influence } = mda.configure({ name: 'mda', f: 20 }, 60).aggregate(inputOf(rows))
  expect(influence.slice(0, 40).every((share) => share === 1 / 40)).toBe(true)
})

function bySearch(points: readonly (readonly [number, number])[], size: number): number[] {
  let best: number[] = []
  let least = Number.POSITIVE_INFINITY
  const extend = (subset: number[], from: number): void => {
    if (subset.length === size) {
      let diameter = 0
      for (const i of subset)
        for (const j of subset) {
          const [a, b] = [points[i], points[j]] as [[number, number], [number, number]]
          diameter = Math.max(diameter, (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2)
        }
      if (diameter < least) {
        least = diameter
        best = subset
      }
      return
    }
    for (let i = from; i < points.length; i++) extend([...subset, i], i + 1)
  }
  extend([], 0)
  return best
}
