import { expect, test } from 'vitest'
import { changeExperiment, loadExperiment } from '#harness/config/load.ts'
import { inPresentWords } from '#protocol/loading/renamed.ts'

const base = loadExperiment('quickstart')
const problemOf = (set: Record<string, unknown>): string => {
  try {
    changeExperiment(base, set, 'old.yaml')
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing was wrong'
}
const hypothesis = {
  id: 'H1',
  claim: 'c',
  metric: 'accuracy.mean',
  contrast: { of: { seed: 1 }, against: { seed: 2 } },
  direction: 'greater',
}

test('the error for a key with another name in schemaVersion 1 gives its present name', () => {
  expect(problemOf({ 'learning.batches': 'shuffled' })).toBe('old.yaml: learning.batches: is now called batchOrder')
  const hypotheses = [{ ...hypothesis, leastEffect: 0.1 }]
  expect(problemOf({ sweep: { seeds: 1, grid: { seed: [1, 2] }, hypotheses } })).toContain(
    'sweep.hypotheses.0.leastEffect: is now called minEffect',
  )
})

test('the error for a value with another name in schemaVersion 1 gives its present name', () => {
  const figures = [{ kind: 'heatmap', title: 't', metric: 'accuracy.mean', rows: 'a', columns: 'b', worst: 'least' }]
  expect(problemOf({ sweep: { seeds: 1, grid: { seed: [1, 2] }, figures } })).toContain('"least" is now called min')
})

test('a plan that was written with schemaVersion 1 is read in present words', () => {
  const { contrast } = hypothesis
  expect(inPresentWords(['sweep', 'hypotheses', 3], { id: 'H1', contrast, leastEffect: 0.1 })).toEqual({
    id: 'H1',
    contrast,
    minEffect: 0.1,
  })
  expect(inPresentWords(['sweep', 'figures', 0], { title: 'least', worst: 'most' })).toEqual({
    title: 'least',
    worst: 'max',
  })
})
