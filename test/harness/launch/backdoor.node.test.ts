import { expect, test } from 'vitest'
import { launchSimulation } from '#harness/launch/simulation.ts'
import { loadDataset } from '#node/data/load.ts'
import { experimentSchema } from '#protocol/experiment/schema.ts'
import { withProbe } from '#protocol/loading/probe.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { shardsOf } from '#protocol/plan/shards.ts'
import { curvesOf } from '#report/summary/curves.ts'

const base = {
  name: 'backdoor',
  peers: { honest: 5, byzantine: 4 },
  topology: { name: 'complete' },
  learning: { dataset: 'digits', batchSize: 32, localSteps: 2 },
  aggregation: { name: 'average' },
  rounds: { count: 30, evaluateEvery: 30 },
}
const dataset = await loadDataset('digits')
const run = async (changes: Record<string, unknown>) => {
  const outcome = await launchSimulation(
    experimentSchema.parse({ ...base, ...changes }),
    dataset,
    () => {},
    new AbortController().signal,
  )
  return { success: curvesOf(outcome.log, 'finished').attackSuccess?.at(-1), hash: outcome.transcriptHash }
}

for (const [variant, attack] of [
  ['pattern', { name: 'backdoor', size: 3, images: 200, batchSize: 25, z: 6, alpha: 0.5, target: 3 }],
  ['sample', { name: 'backdoor', variant: 'sample', z: 12, alpha: 0.5, epochs: 20 }],
] as const) {
  test(`four Byzantine peers of nine plant a ${variant}, compared with the clean twin, and the run repeats bit for bit`, async () => {
    const experiment = experimentSchema.parse({ ...base, attack })
    const plan = planOf(experiment)
    const { probe } = withProbe(experiment, dataset, shardsOf(experiment, dataset.train.labels, 9), plan)
    const clean = await run({ probe })
    const attacked = await run({ attack })
    expect(clean.success).toBeLessThan(0.2)
    expect(attacked.success).toBeGreaterThan(0.9)
    expect(attacked.hash).not.toBe(clean.hash)
    // The measurement of honest peers does not change their models.
    expect((await run({})).hash).toBe(clean.hash)
    expect((await run({ attack })).hash).toBe(attacked.hash)
  })
}

test('a label that the data set lacks, and a success rate without a goal, are bad input', () => {
  const asked = (changes: Record<string, unknown>) => () => {
    const experiment = experimentSchema.parse({ ...base, ...changes })
    return withProbe(experiment, dataset, [], planOf(experiment))
  }
  expect(asked({ attack: { name: 'backdoor', size: 9 } })).toThrow(
    'backdoor: attack: a pattern of 9 x 9 pixels does not fit the 8 x 8 images of digits',
  )
  expect(asked({ probe: { name: 'pattern', target: 10 } })).toThrow(
    'backdoor: probe: digits has the labels 0 to 9, got 10',
  )
  expect(asked({ expect: [{ metric: 'attack.successRate', atMost: 0.1 }] })).toThrow(
    'backdoor: expect: attack.successRate needs a probe, or an attack with a goal of its own (such as backdoor)',
  )
  expect(asked({ attack: { name: 'zero' } })().probe).toBeUndefined()
})
