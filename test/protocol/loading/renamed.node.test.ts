import { expect, test } from 'vitest'
import { changeExperiment, loadExperiment } from '#harness/config/load.ts'

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

test('a key that had another name in schemaVersion 1 is answered with its present one', () => {
  expect(problemOf({ 'learning.batches': 'shuffled' })).toBe('old.yaml: learning.batches: is now called batchOrder')
  const hypotheses = [{ ...hypothesis, leastEffect: 0.1 }]
  expect(problemOf({ sweep: { seeds: 1, grid: { seed: [1, 2] }, hypotheses } })).toContain(
    'sweep.hypotheses.0.leastEffect: is now called minEffect',
  )
})

test('a value that had another name in schemaVersion 1 is answered with its present one', () => {
  const figures = [{ kind: 'heatmap', title: 't', metric: 'accuracy.mean', rows: 'a', columns: 'b', worst: 'least' }]
  expect(problemOf({ sweep: { seeds: 1, grid: { seed: [1, 2] }, figures } })).toContain('"least" is now called min')
})
