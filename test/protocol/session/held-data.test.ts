import { expect, test } from 'vitest'
import { createWasmWorkspace } from '#learning/engines/wasm-engine.ts'
import { initialise } from '#learning/models/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'
import { createBatches } from '#learning/training/batches.ts'
import type { Compute } from '#protocol/compute/compute-client.ts'
import { createTrainer } from '#protocol/peer/trainer.ts'
import { shardsOf } from '#protocol/plan/shards.ts'
import { examplesFor, heldData, onHeldData } from '#protocol/session/held-data.ts'
import {
  decodeHeldExamples,
  decodeTestExamples,
  encodeHeldExamples,
  encodeTestExamples,
} from '#protocol/wire/examples.ts'
import { randomDataset } from '../../learning/engines/engine-fixtures.ts'
import { experimentWith } from '../simulation/quadratic-pool.ts'

const dataset = randomDataset(300, [4, 5, 3], 4)
const model = buildModel('mlp', 60, 4)
const experiment = experimentWith({ learning: { dataset: 'digits', partition: { name: 'dirichlet', alpha: 1 } } })
const shards = shardsOf(experiment, dataset.train.labels, 6)

/** The data of a peer that receives the shards of `peers`. */
function sentTo(peers: readonly number[], extra: readonly number[] = []) {
  const held = decodeHeldExamples(encodeHeldExamples(examplesFor(dataset, shards, peers, extra)))
  return heldData(held, decodeTestExamples(encodeTestExamples(dataset.test), held))
}

/** A workspace instead of a worker: it has no rules. */
const computeOn = (resident: typeof dataset) => createWasmWorkspace({ model, dataset: resident }) as unknown as Compute

test('a peer with only its shard trains to the same bits as one with the whole set', async () => {
  for (const peer of [0, 3]) {
    const { resident, places, shards: known } = sentTo([peer])
    expect(resident.train.count).toBe(shards[peer]?.length)
    expect(known[peer]).toEqual(shards[peer])
    expect(known.filter(Boolean)).toHaveLength(1)
    for (const order of ['shuffled', 'fixed-cycle'] as const) {
      const results = await Promise.all(
        [computeOn(dataset), onHeldData(computeOn(resident), places)].map(async (compute) => {
          const batches = createBatches({
            seed: 1,
            peer,
            examples: known[peer]?.map((example, i) =>
              i % 3 === 0 ? (example | 0x8000_0000) >>> 0 : example,
            ) as Uint32Array,
            batchSize: 7,
            order,
          })
          const trainer = createTrainer({
            workspace: compute,
            initial: initialise(model, randomStream(1, 'initial')),
            descent: { beta: 0.9, dampening: 0 },
            momentumAt: 'local',
            augmentation: { crop: 1, flip: true, seed: 1, peer },
          })
          const step = await trainer.step([batches.next(), batches.next(), batches.next()], 0.1)
          const gradient = await trainer.gradient(batches.next())
          const losses = await trainer.losses([trainer.read()], batches.next())
          return { step, gradient, losses, x: trainer.read(), evaluation: await trainer.evaluate() }
        }),
      )
      expect(results[1]).toEqual(results[0])
    }
  }
})

test('a Byzantine peer gets the shards of the other colluders, and every peer gets the probed image', async () => {
  const probed = shards[5]?.[2] as number
  const { resident, places, labels, shards: known } = sentTo([1, 4], [probed, probed, shards[4]?.[0] as number])
  expect(resident.train.count).toBe((shards[1]?.length ?? 0) + (shards[4]?.length ?? 0) + 1)
  expect([known[1], known[4], known[5]]).toEqual([shards[1], shards[4], undefined])
  const x = initialise(model, randomStream(1, 'initial'))
  const compute = onHeldData(computeOn(resident), places)
  for (const target of [0, 1, 2, 3]) {
    const probe = { name: 'sample', image: probed, target } as const
    expect(await compute.probe(x, probe)).toBe(await computeOn(dataset).probe(x, probe))
  }
  expect(labels[probed]).toBe(dataset.train.labels[probed])
  const foreign = shards[0]?.[0] as number
  await expect(compute.gradient(x, Uint32Array.of(foreign))).rejects.toThrow(
    `this peer was not sent training example ${foreign}`,
  )
})

test('malformed or inconsistent parts of a data set are refused', () => {
  const held = examplesFor(dataset, shards, [0], [])
  const message = encodeHeldExamples(held)
  expect(() => decodeHeldExamples(message.subarray(0, -1))).toThrow('malformed part of the data set')
  expect(() => decodeHeldExamples(encodeTestExamples(dataset.test))).toThrow('malformed part of the data set')
  const cut = { ...held, images: held.images.subarray(1) }
  expect(() => decodeHeldExamples(encodeHeldExamples(cut))).toThrow(/bytes of images, expected/)
  const beyond = { ...held, count: 10 }
  expect(() => decodeHeldExamples(encodeHeldExamples(beyond))).toThrow('malformed indices')
  const unknown = { ...held, labels: held.labels.map(() => 4) }
  expect(() => decodeHeldExamples(encodeHeldExamples(unknown))).toThrow('not below the number of classes')
  const twice = decodeHeldExamples(encodeHeldExamples(examplesFor(dataset, [shards[0] as Uint32Array], [0], [])))
  const labels = Uint8Array.of(...twice.labels, ...twice.labels)
  const doubled = { ...twice, labels, shards: [...twice.shards, ...twice.shards] }
  expect(() => heldData(doubled, dataset.test)).toThrow('an example twice')
  expect(() => decodeTestExamples(encodeTestExamples(dataset.test), { shape: [4, 4, 3], classes: 4 })).toThrow(
    /bytes of images, expected 300 and/,
  )
})
