import { expect, test } from 'vitest'
import { wfagg } from '#aggregation/rules/wfagg.ts'
import { inputOf } from '../input.ts'

const rule = wfagg.configure({ name: 'wfagg', f: 1, alpha: 0.5 }, 5)
const honest = [
  [9, 9],
  [1, 0],
  [1, 0.25],
  [1, -0.25],
]
const shares = [0.5, 0.25, 0.25, 0, 0].map((share) => expect.closeTo(share, 12))

test('mixes its own with the neighbours that pass two of three filters', () => {
  // Median of the neighbours: [1, 0.125]. 4 - 1 - 1 = 2 pass each filter, by distance and by direction.
  const { output, influence } = rule.aggregate(inputOf([...honest, [-8, 8]]))
  expect(influence).toEqual(shares)
  expect([...output]).toEqual([5, 4.5625])
})

/** Rounds in which one neighbour moves by the given steps along a line and another stays. */
function play(steps: readonly number[], more: (round: number) => object = () => ({})) {
  let state: Float32Array | undefined
  let at = 8
  return steps.map((step, round) => {
    at += step
    const rows = [
      [0, 1],
      [1, 1],
      [1, 1],
      [1, 1],
      [at, 0],
    ]
    const result = rule.aggregate(inputOf(rows, { ...(state ? { state } : {}), ...more(round) }))
    state = result.state
    return [...(result.state as Float32Array)].slice(-7)
  })
}

test("remembers each sender's vector by peer index", () => {
  const rounds = play([0, 1, 2])
  expect(rounds).toEqual([
    [4, -1, -1, -1, -1, 8, 0],
    [4, 1, 0, -1, -1, 9, 0],
    [4, 2, 0, 1, 0, 11, 0],
  ])
  const others = play([0, 1, 2], (round) => (round === 2 ? { members: [5, 6, 7, 8, 9] } : {}))
  expect(others[2]).toEqual([9, -1, -1, -1, -1, 11, 0])
})

test('the third filter needs three changes, the last within a deviation of the two before', () => {
  // 0.4 + 0.2 counts as two filters.
  const line = wfagg.configure({ name: 'wfagg', f: 1, alpha: 0 }, 5)
  const influences = (last: number) => {
    let state: Float32Array | undefined
    let influence: readonly number[] = []
    // The first neighbour is far from the median but in its direction, and moves by 1, 2 and then `last`.
    for (const x of [20, 21, 23, 23 + last]) {
      const rows = [
        [0, 1],
        [x, 0],
        [1, 0.1],
        [1, 0.2],
        [1, -0.3],
      ]
      const result = line.aggregate(inputOf(rows, state ? { state } : {}))
      state = result.state
      influence = result.influence
    }
    return influence.map((share) => Number(share.toFixed(12)))
  }
  // Squared changes 1 and 4: average 3.246, deviation 2.121, so steps from 1.061 to 2.316 pass.
  const passing = influences(1.1)
  expect(influences(2.3)).toEqual(passing)
  expect(passing[1]).toBeGreaterThan(0)
  expect(influences(1.05)[1]).toBe(0)
  expect(influences(2.35)[1]).toBe(0)
})

test('does not move when no neighbour passes two filters', () => {
  const alone = wfagg.configure({ name: 'wfagg', f: 0 }, 1)
  expect([...alone.aggregate(inputOf([[3]])).output]).toEqual([3])
})

test('refuses a state of another shape', () => {
  const state = new Float32Array(5)
  expect(() => rule.aggregate(inputOf([...honest, [0, 0]], { state }))).toThrow(
    'wfagg needs a state of whole entries of 7 numbers, got 5',
  )
})
