import { expect, test } from 'vitest'
import type { Hypothesis } from '#protocol/experiment/sweep-schema.ts'
import { testHypothesis } from '#report/sweep/hypotheses.ts'
import { samplesOf } from '#report/sweep/samples.ts'
import { hypothesisLine } from '#report/sweep/wording.ts'
import { syntheticSweep } from './synthetic-sweep.ts'

const claim = (changes: Partial<Hypothesis>): Hypothesis => ({
  id: 'H1',
  claim: 'The median is better than averaging',
  metric: 'accuracy.mean',
  where: {},
  contrast: { of: { rule: 'median' }, against: { rule: 'average' } },
  direction: 'greater',
  minEffect: 0.02,
  ...changes,
})
const axes = [
  { name: 'rule', labels: ['average', 'median'] },
  { name: 'attack', labels: ['none', 'sign-flip'] },
]
/** The median gains `gain` under an attack and `loss` without. */
const samples = (gain: number, { noise = 0.001, seeds = [1, 2, 3, 4, 5], loss = gain } = {}) =>
  samplesOf(
    syntheticSweep({
      axes,
      seeds,
      noise,
      list: ['alone'],
      ends: ({ rule, attack }) => (rule === 'median' ? 0.8 + (attack === 'none' ? loss : gain) : 0.8),
    }),
  ).usable

test('pairs agree in the seed and in every axis that the contrast does not name', () => {
  const { difference, pairs } = testHypothesis(claim({}), samples(0.05, { noise: 0 }))
  expect(pairs).toBe(10)
  expect(difference.n).toBe(5)
  expect(difference.mean).toBeCloseTo(0.05, 12)
})

test('pairs of one seed are averaged: the interval is over seeds', () => {
  const { difference, pairs } = testHypothesis(claim({}), samples(0.1, { noise: 0, loss: 0 }))
  expect(pairs).toBe(10)
  expect(difference).toMatchObject({ n: 5 })
  expect(difference.mean).toBeCloseTo(0.05, 12)
  expect(difference.half).toBeCloseTo(0, 12)
})

test('where narrows the cells', () => {
  const { difference, pairs } = testHypothesis(
    claim({ where: { attack: 'none' } }),
    samples(0.1, { noise: 0, loss: 0 }),
  )
  expect(pairs).toBe(5)
  expect(difference.mean).toBeCloseTo(0, 12)
})

test('a cell of the list lacks the other axes and is paired with all', () => {
  const against = claim({ contrast: { of: { rule: 'median' }, against: { baseline: 'alone' } } })
  expect(testHypothesis(against, samples(0.05)).pairs).toBe(10)
})

test.each([
  ['greater', 0.05, 'supported'],
  ['greater', 0.005, 'refuted'],
  ['greater', -0.05, 'refuted'],
  ['less', -0.05, 'supported'],
  ['less', 0.05, 'refuted'],
  ['same', 0, 'supported'],
  ['same', 0.05, 'refuted'],
  ['same', -0.05, 'refuted'],
] as const)('%s with a true difference of %d is %s', (direction, gain, verdict) => {
  expect(testHypothesis(claim({ direction }), samples(gain)).verdict).toBe(verdict)
})

test.each(['greater', 'less', 'same'] as const)(
  '%s is underpowered if seeds differ more than the effect',
  (direction) => {
    const { verdict } = testHypothesis(claim({ direction }), samples(0.02, { noise: 0.1, seeds: [1, 2, 3] }))
    expect(verdict).toBe('underpowered')
  },
)

test('one seed, or no pair, is underpowered', () => {
  expect(testHypothesis(claim({}), samples(0.5, { seeds: [1] }))).toMatchObject({ verdict: 'underpowered', pairs: 2 })
  const nowhere = claim({ where: { attack: 'mimic' } })
  expect(testHypothesis(nowhere, samples(0.5))).toMatchObject({
    verdict: 'underpowered',
    pairs: 0,
    difference: { n: 0 },
  })
})

test('a clear effect below the minimum effect is underpowered', () => {
  const { verdict, difference } = testHypothesis(claim({ minEffect: 0.051 }), samples(0.05, { noise: 0.004 }))
  expect(difference.mean + (difference.half ?? 0)).toBeGreaterThan(0.051)
  expect(difference.mean).toBeLessThan(0.051)
  expect(verdict).toBe('underpowered')
})

test('with relativeTo, the value is the change from the run without the attack', () => {
  const relative = claim({ relativeTo: { attack: 'none' }, where: { attack: 'sign-flip' } })
  const { difference, pairs } = testHypothesis(relative, samples(0.1, { noise: 0, loss: 0.03 }))
  expect(pairs).toBe(5)
  // The median gains 0.1 under attack and 0.03 without; averaging is 0.8 in both.
  expect(difference.mean).toBeCloseTo(0.07, 12)
})

test('the terminal has one line for the result of a hypothesis', () => {
  expect(hypothesisLine(testHypothesis(claim({}), samples(0.05, { noise: 0 })))).toMatch(
    /^H1 supported: The median is better than averaging \(\+5\.0 points, 95 % interval \+5\.0 to \+5\.0 points, 5 seeds\)$/,
  )
  expect(hypothesisLine(testHypothesis(claim({}), samples(0.05, { seeds: [1] })))).toMatch(
    /^H1 underpowered: .* points, 1 seed\)$/,
  )
})
