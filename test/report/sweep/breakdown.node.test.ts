import { expect, test } from 'vitest'
import { changeExperiment, loadExperiment } from '#harness/config/load.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { breakdownOf } from '#report/sweep/breakdown.ts'

const { twins: _, ...preset } = loadExperiment('little-in-40-rounds')

/**
 * Nine peers on the complete graph, so that every honest one sees all Byzantine peers; one point for each number of
 * them.
 */
function over(byzantinePeers: readonly number[], changes: Record<string, unknown>) {
  return byzantinePeers.map((x) => ({ x, experiments: [experiment(x, changes)] }))
}

function experiment(byzantinePeers: number, changes: Record<string, unknown>): Experiment {
  const peers = { honest: 9 - byzantinePeers, byzantine: byzantinePeers, placement: 'random' }
  const attack = byzantinePeers > 0 ? 'sign-flip' : 'none'
  const exchange = { exchange: 'models', 'learning.momentum': { at: 'local', beta: 0 } }
  return changeExperiment({ ...preset, twins: [] }, { peers, attack, ...exchange, ...changes }, 'test')
}

test('the condition of a rule with an f holds while no honest peer has more Byzantine neighbours', () => {
  const points = over([1, 2, 3, 4], { aggregation: { name: 'trimmed-mean', f: 2 } })
  expect(breakdownOf(points)).toEqual({ condition: 'b ≤ f', holdsTo: 2, endsBefore: 3 })
  expect(breakdownOf(points.toReversed())).toEqual(breakdownOf(points))
  expect(breakdownOf(over([1, 2], { aggregation: { name: 'trimmed-mean', f: 2 } }))).toMatchObject({ endsBefore: null })
})

test('the condition of a rule without an f is the breakdown point of its estimator: half for medians, 0 for the mean', () => {
  const median = breakdownOf(over([3, 4, 5], { aggregation: 'median' }))
  expect(median).toEqual({ condition: 'n > 2b', holdsTo: 4, endsBefore: 5 })
  const average = breakdownOf(over([1, 2], { aggregation: 'average' }))
  expect(average).toEqual({ condition: 'b = 0', holdsTo: null, endsBefore: 1 })
})

test("CS+ is checked against its paper's condition on the graph", () => {
  // On the complete graph of 9 all Metropolis weights are 1/9: mu_2 of the h honest peers is h / 9.
  const points = over([2, 3, 4], { aggregation: { name: 'cs-plus', f: 4 } })
  expect(breakdownOf(points)).toEqual({ condition: '2b ≤ μ₂', holdsTo: 3, endsBefore: 4 })
})

test('there is no breakdown without a condition, or if rules differ along the line', () => {
  expect(breakdownOf(over([1, 2], { aggregation: 'balance' }))).toBeNull()
  expect(breakdownOf(over([1, 2], { exchange: 'none' }))).toBeNull()
  const mixed = [...over([1], { aggregation: 'median' }), ...over([2], { aggregation: 'average' })]
  expect(breakdownOf(mixed)).toBeNull()
})
