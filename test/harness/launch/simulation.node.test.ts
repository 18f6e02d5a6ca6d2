import { expect, test } from 'vitest'
import { changeExperiment, loadExperiment } from '#harness/config/load.ts'
import { launchSimulation } from '#harness/launch/simulation.ts'
import { loadDataset } from '#node/data/load.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import type { RunOutcome } from '#protocol/simulation/outcome.ts'

/** Runs a preset in the simulator, with the changes of one of its twins and further ones. */
async function simulate(preset: string, twin: string | undefined, changes: Record<string, unknown>) {
  const whole = loadExperiment(preset)
  const set = whole.twins.find(({ name }) => name === twin)?.set ?? {}
  const experiment = changeExperiment(
    whole,
    { twins: [], expect: [], runtime: { name: 'simulation' }, ...set, ...changes },
    preset,
  )
  const dataset = await loadDataset(experiment.learning.dataset)
  const outcome = await launchSimulation(experiment, dataset, () => {}, new AbortController().signal)
  return { experiment, outcome, accuracy: finalAccuracy(experiment, outcome) }
}

/** Mean accuracy of the honest peers after the last round. */
function finalAccuracy({ rounds }: Experiment, { log, roster }: RunOutcome): number {
  const honest = roster.filter(({ role }) => role === 'honest').map(({ peer }) => peer)
  const last = log.filter((event) => event.type === 'evaluated' && event.round === rounds.count - 1)
  const accuracies = last.flatMap((event) =>
    event.type === 'evaluated' && honest.includes(event.peer) ? [event.accuracy] : [],
  )
  expect(accuracies).toHaveLength(honest.length)
  return accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length
}

test('a simulation has the same transcript twice, with one worker or with two', async () => {
  const hashes: unknown[] = []
  for (const workers of [1, 2, 2]) {
    const { outcome } = await simulate('quickstart', undefined, {
      'learning.dataset': 'digits',
      'rounds.count': 4,
      'rounds.evaluateEvery': 2,
      runtime: { name: 'simulation', workers },
    })
    expect(outcome.outcome).toBe('finished')
    hashes.push(outcome.transcriptHash)
    for (const { examples, labels = [] } of outcome.roster) {
      expect(labels).toHaveLength(10)
      expect(labels.reduce((sum, count) => sum + count, 0)).toBe(examples)
    }
  }
  expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/)
  expect(new Set(hashes).size).toBe(1)
})

test('the Byzantine peers of the quickstart cost a swarm that averages at least ten points', async () => {
  const once = { 'rounds.evaluateEvery': 40 }
  const withoutAttack = await simulate('quickstart', 'no-attack', once)
  const undefended = await simulate('quickstart', 'undefended', once)
  expect(withoutAttack.accuracy).toBeGreaterThan(0.88)
  expect(withoutAttack.accuracy - undefended.accuracy).toBeGreaterThan(0.1)
})

test('LIE with a small z defeats the trimmed mean when every peer aggregates for itself', async () => {
  const rounds = { 'rounds.count': 15, 'rounds.evaluateEvery': 15 }
  const withoutAttack = await simulate('little-in-40-rounds', 'no-attack', rounds)
  const attacked = await simulate('little-in-40-rounds', undefined, rounds)
  expect(withoutAttack.accuracy).toBeGreaterThan(attacked.accuracy + 0.02)
})
