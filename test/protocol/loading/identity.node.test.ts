import { expect, test } from 'vitest'
import { changeExperiment, loadExperiment } from '#harness/config/load.ts'
import { presetNames } from '#harness/config/presets.ts'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { experimentId } from '#protocol/loading/identity.ts'
import { withoutDefaults } from '#protocol/loading/without-defaults.ts'

const base = loadExperiment('quickstart')
const idWith = (set: Record<string, unknown>): string => experimentId(changeExperiment(base, set, 'identity'))

test('values that are defaults change no identity, whether they are written or not', () => {
  const id = experimentId(base)
  expect(idWith({ 'rounds.deadlineMs': 30_000 })).toBe(id)
  expect(idWith({ 'learning.momentum.beta': 0.9 })).toBe(id)
  expect(idWith({ faults: {} })).toBe(id)
  expect(idWith({ 'attack.ddof': base.attack.name === 'little-is-enough' ? base.attack.ddof : 0 })).toBe(id)
})

test('keys that affect the numbers change the identity; names, expectations and the runtime do not', () => {
  const id = experimentId(base)
  const others = [
    { seed: 2 },
    { 'learning.learningRate': 0.06 },
    { 'rounds.deadlineMs': 29_999 },
    { aggregation: 'average' },
    { 'attack.z': 9 },
  ].map(idWith)
  expect(new Set([id, ...others]).size).toBe(others.length + 1)
  expect(idWith({ name: 'another', expect: [], twins: [], runtime: { name: 'simulation' } })).toBe(id)
})

test.each(presetNames())('%s without its defaults parses to the same experiment', (name) => {
  const experiment = loadExperiment(name)
  const stated = withoutDefaults(experimentSchema, experiment)
  expect(JSON.stringify(stated).length).toBeLessThan(JSON.stringify(experiment).length)
  expect(experimentSchema.parse(stated)).toEqual(experiment)
})
