import { expect, test } from 'vitest'
import type { PoisonedDescent } from '#attacks/attack.ts'
import { buildModel } from '#learning/models/registry.ts'
import { poisonData, probeOf, sharePoisoning, trainingOf } from '#protocol/adversary/poisoning.ts'
import { experimentWith, simulate } from '../simulation/quadratic-pool.ts'

const dataset = { classes: 3, labels: Uint8Array.of(0, 1, 2, 0, 1, 2) }
const shards = [Uint32Array.of(0, 1), Uint32Array.of(5), Uint32Array.of(2), Uint32Array.of(4, 3)]

test('Byzantine peers pool the examples of their shards, and draw alike in a round', () => {
  const data = poisonData({ seed: 3 }, dataset, shards, [1, 3])
  expect([...data.coalition]).toEqual([5, 4, 3])
  expect(data.stream(2)()).toBe(poisonData({ seed: 3 }, dataset, shards, [1, 3]).stream(2)())
  expect(data.stream(2)()).not.toBe(data.stream(3)())
  expect(data.stream(2)()).not.toBe(poisonData({ seed: 4 }, dataset, shards, [1, 3]).stream(2)())
})

test('training knows the tensors of the model and the learning rate of the round', () => {
  const experiment = experimentWith({
    learning: { dataset: 'digits', learningRate: 0.5, schedule: { name: 'step', at: [4], factor: 0.1 } },
  })
  const model = buildModel('mlp', 64, 10)
  const descend = () => Promise.resolve({ parameters: new Float32Array(1) })
  const training = trainingOf(experiment, poisonData(experiment, dataset, shards, [0]), { model, descend })
  const start = new Float32Array(model.parameterCount)
  expect(training(3, start)).toMatchObject({ exchange: 'models', learningRate: 0.5, model: start })
  expect(training(4, start).learningRate).toBeCloseTo(0.05, 12)
  const { tensors } = training(0, start)
  expect(tensors.length).toBe(4)
  expect(tensors.reduce((sum, length) => sum + length, 0)).toBe(model.parameterCount)
})

test("the probe is the experiment's own, else the goal of its attack, else none", () => {
  const data = poisonData({ seed: 1 }, dataset, shards, [1, 3])
  const attack = { name: 'backdoor', size: 2, target: 1 }
  const probe = { name: 'pattern', size: 4, target: 2 }
  expect(probeOf(experimentWith(), data)).toBeUndefined()
  expect(probeOf(experimentWith({ attack: { name: 'zero' } }), data)).toBeUndefined()
  expect(probeOf(experimentWith({ attack }), data)).toEqual({ name: 'pattern', size: 2, target: 1 })
  expect(probeOf(experimentWith({ attack, probe }), data)).toEqual(probe)
  expect(probeOf(experimentWith({ probe }), data)).toEqual(probe)
  const mixed = { name: 'mixed', members: [{ name: 'zero' }, attack] }
  expect(probeOf(experimentWith({ attack: mixed }), data)).toEqual({ name: 'pattern', size: 2, target: 1 })
})

test('equal requests of several colluders are trained once', async () => {
  let trained = 0
  const share = sharePoisoning(async ({ start }) => {
    trained++
    return { parameters: start.slice() }
  })
  const descent = (changes: Partial<PoisonedDescent> = {}): PoisonedDescent => ({
    start: Float32Array.of(1, 2),
    batches: [Uint32Array.of(3)],
    poison: { stamp: 5, label: 0 },
    alpha: 0.2,
    weights: Float32Array.of(1, 1),
    learningRate: 0.1,
    momentum: 0,
    weightDecay: 0,
    ...changes,
  })
  const [one, two] = await Promise.all([share(descent()), share(descent())])
  expect(trained).toBe(1)
  expect(two).toBe(one)
  const others: Partial<PoisonedDescent>[] = [
    { start: Float32Array.of(1, 3) },
    { batches: [Uint32Array.of(4)] },
    { poison: { stamp: 5, label: 1 } },
    { alpha: 0.3 },
    { weights: Float32Array.of(1, 2) },
  ]
  for (const [i, changes] of others.entries()) {
    await share(descent(changes))
    expect(trained).toBe(2 + i)
  }
})

const backdoor = (changes: Record<string, unknown> = {}) =>
  experimentWith({
    peers: { honest: 5, byzantine: 3, placement: [1, 4, 6] },
    topology: { name: 'complete' },
    attack: { name: 'backdoor', images: 10, batchSize: 5, z: 1 },
    ...changes,
  })

for (const exchange of ['models', 'gradients']) {
  test(`${exchange}: all colluders send the same vector, within z of their mean, whatever the speed of their workers`, async () => {
    const run = await simulate(backdoor({ exchange }))
    expect(run.of('stopped').map(({ reason }) => reason)).toEqual(Array(8).fill('finished'))
    const seen = run.observations.filter(({ peer }) => !run.byzantine.includes(peer))
    expect(seen.length).toBe(15)
    for (const { members, vectors } of seen) {
      expect(members).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      const [first, ...others] = run.byzantine.map((peer) => vectors[peer])
      for (const other of others) expect(other).toEqual(first)
    }
    const turns = Array.from({ length: 7 }, (_, i) => (i * 0.37) % 1)
    let turn = 0
    const slow = await simulate(backdoor({ exchange }), { speed: () => turns[turn++ % 7] as number })
    expect(slow.transcriptHash).toBe(run.transcriptHash)
    const honest = await simulate(backdoor({ exchange, attack: { name: 'none' } }))
    expect(honest.transcriptHash).not.toBe(run.transcriptHash)
  })
}

test('gradients: a Byzantine peer whose training ends last waits for it before it aggregates, and holds the honest x', async () => {
  const peers = { honest: 5, byzantine: 3, placement: [1, 4, 7] }
  const run = await simulate(backdoor({ exchange: 'gradients', peers }))
  const digests = run.of('round-closed').filter(({ round }) => round === 11)
  expect(digests.length).toBe(8)
  expect(new Set(digests.map(({ stateDigest }) => stateDigest)).size).toBe(1)
})

test('a mixed coalition trains if the role of the Byzantine peer trains', async () => {
  const members = [{ name: 'backdoor', images: 10, z: 1 }, { name: 'zero' }]
  const run = await simulate(backdoor({ attack: { name: 'mixed', members } }))
  const { vectors } = run.observations.find(({ peer }) => peer === 0) ?? { vectors: [] }
  const [one, two, three] = run.byzantine.map((peer) => vectors[peer])
  expect(one).toEqual(three)
  expect([...(two as Float32Array)]).toEqual(Array(6).fill(0))
})
