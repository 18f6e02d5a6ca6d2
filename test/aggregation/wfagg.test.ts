import { expect, test } from 'vitest'
import { wfagg } from '#aggregation/wfagg.ts'
import { inputOf } from './input.ts'

const rule = wfagg.configure({ name: 'wfagg', f: 1, alpha: 0.5 }, 4)
const honest = [
  [1, 0],
  [1, 0.25],
  [1, -0.25],
]

test('mixes its own with the neighbours that pass two of three filters', () => {
  // The fourth is farthest from the median and points elsewhere; in round 0 everybody passes the third filter.
  const { output, influence } = rule.aggregate(inputOf([...honest, [-8, 8]]))
  expect(influence).toEqual([0.5, 0.25, 0.25, 0])
  expect([...output]).toEqual([1, 0])
})

test('remembers who sent what, by peer, and refuses a sudden change', () => {
  let state: Float32Array | undefined
  const play = (last: readonly number[], more: object = {}) => {
    const result = rule.aggregate(inputOf([...honest, last], { ...(state ? { state } : {}), ...more }))
    state = result.state
    return result
  }
  // In the direction of the median but far away: two of three filters, while nothing is known of its changes.
  expect(rule.aggregate(inputOf([...honest, [5, 0]])).influence[3]).toBeGreaterThan(0)
  play([1, 0])
  play([1, 0])
  expect(play([5, 0]).influence[3]).toBe(0)
  expect(state).toHaveLength(4 * 4)
  // Other members: nothing is known of them.
  expect(play([5, 0], { members: [4, 5, 6, 7] }).influence[3]).toBeGreaterThan(0)
})

test('stays where it is when nobody passes two filters', () => {
  const alone = wfagg.configure({ name: 'wfagg', f: 0 }, 1)
  expect([...alone.aggregate(inputOf([[3]])).output]).toEqual([3])
})

test('refuses a state of another shape', () => {
  const state = new Float32Array(5)
  expect(() => rule.aggregate(inputOf([...honest, [0, 0]], { state }))).toThrow(
    'wfagg needs a state of whole entries of 4 numbers, got 5',
  )
})
