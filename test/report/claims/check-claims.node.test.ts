import { expect, test } from 'vitest'
import { loadExperiment } from '#harness/config/load.ts'
import { loadReproduction, reproductionNames } from '#harness/config/reproduction.ts'
import { cellsOf } from '#harness/sweep/cells.ts'
import { numericsVersion } from '#protocol/experiment/schema.ts'
import { checkClaims } from '#report/claims/check-claims.ts'
import type { Claim } from '#report/claims/claims.ts'
import { summarise } from '#report/summary/summarise.ts'
import { matches } from '#report/sweep/samples.ts'
import { syntheticSweep } from '../sweep/synthetic-sweep.ts'
import { quickstartResult } from '../synthetic.ts'

const run = summarise(quickstartResult())
const transcript = run.repetition.transcriptHash as string
const accuracy = run.metrics.accuracy.mean

test('a number holds within its tolerance, not outside, and not if it was not measured', () => {
  const claims: Claim[] = [
    { claim: 'near', metric: 'accuracy.mean', expected: accuracy + 0.01, tolerance: 0.0101 },
    { claim: 'far', metric: 'accuracy.mean', expected: accuracy + 0.01, tolerance: 0.0099 },
    { claim: 'absent', metric: 'attack.successRate', expected: 0, tolerance: 1 },
    { claim: 'no such twin', twin: 'nobody', metric: 'accuracy.mean', expected: accuracy, tolerance: 1 },
  ]
  expect(checkClaims(claims, { run }).map(({ holds }) => holds)).toEqual([true, false, false, false])
})

test('a transcript is compared only at its version of the numerics', () => {
  const other = 'ab'.repeat(32)
  const claims = [
    { claim: 'same', transcript, numerics: numericsVersion },
    { claim: 'different', transcript: other, numerics: numericsVersion },
    { claim: 'old', transcript: other, numerics: numericsVersion - 1 },
  ]
  expect(checkClaims(claims, { run }).map(({ holds }) => holds)).toEqual([true, false, null])
})

test('a hypothesis holds with its verdict and its difference within the tolerance', () => {
  const sweep = syntheticSweep({
    axes: [{ name: 'rule', labels: ['average', 'median'] }],
    seeds: [1, 2, 3],
    noise: 0,
    ends: ({ rule }) => (rule === 'median' ? 0.9 : 0.7),
    sweep: {
      hypotheses: [
        {
          ...{ id: 'H1', claim: 'The median is better', metric: 'accuracy.mean', where: {} },
          contrast: { of: { rule: 'median' }, against: { rule: 'average' } },
          ...{ direction: 'greater', minEffect: 0.05 },
        },
      ],
    },
  })
  const claim = (changes: object): Claim => ({
    ...{ claim: 'the median', hypothesis: 'H1', verdict: 'supported', metric: 'accuracy.mean' },
    ...{ expected: 0.21, tolerance: 0.01 },
    ...changes,
  })
  const claims = [{}, { tolerance: 0.009 }, { verdict: 'refuted' }, { hypothesis: 'H2' }].map(claim)
  const checked = checkClaims(claims, { sweep })
  expect(checked.map(({ holds }) => holds)).toEqual([true, false, false, false])
  expect(checked[0]).toMatchObject({
    expected: 'H1 supported, +21.0 points ± 1.0',
    measured: 'H1 supported, +20.0 points',
  })
  expect(checkClaims(claims, { run })[0]).toMatchObject({ measured: 'no such hypothesis', holds: false })
})

test.each(reproductionNames())('%s names an experiment that loads, twins, hypotheses and cells that it has', (name) => {
  const { experiment: source, set, claims } = loadReproduction(name)
  const experiment = loadExperiment(source, set)
  const cells = experiment.sweep ? cellsOf(experiment.sweep, name).cells : []
  for (const claim of claims) {
    if ('hypothesis' in claim) {
      const known = experiment.sweep?.hypotheses.map(({ id, metric }) => [id, metric])
      expect(known).toContainEqual([claim.hypothesis, claim.metric])
    }
    if ('twin' in claim) expect(experiment.twins.map((twin) => twin.name)).toContain(claim.twin)
    if ('where' in claim)
      expect(cells.filter(({ coordinates }) => matches(coordinates, claim.where ?? {}))).not.toEqual([])
  }
})
