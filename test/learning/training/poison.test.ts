import * as tf from '@tensorflow/tfjs'
import { beforeAll, expect, test } from 'vitest'
import type { Dataset, LabelledImages } from '#learning/datasets/dataset.ts'
import type { TensorLibrary } from '#learning/engines/tensor-library.ts'
import { createTfjsWorkspace, type TensorEngine } from '#learning/engines/tfjs-engine.ts'
import { createWasmWorkspace } from '#learning/engines/wasm-engine.ts'
import { initialise } from '#learning/models/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'
import type { Probe } from '#learning/training/probe.ts'
import { randomDataset } from '../engines/engine-fixtures.ts'

const cpu: TensorEngine = {
  tf: tf as unknown as TensorLibrary,
  report: { engine: 'tfjs-cpu', hardware: false },
  guard: (work) => work,
}
/** Three rows of four pixels with two channels. */
const dataset = randomDataset(150, [3, 4, 2], 4)
const model = buildModel('mlp', 24, 4)
const parameters = initialise(model, randomStream(1, 'initialise'))
/** More than one pass of our engine. */
const batch = Uint32Array.from({ length: 140 }, (_, i) => (i * 7) % 150)

beforeAll(async () => {
  tf.enableProdMode()
  await tf.setBackend('cpu')
})

/** The same images with 255 in the upper left 2 x 2 pixels, all labelled 3. */
function stamped(part: LabelledImages): LabelledImages {
  const images = part.images.slice()
  for (let i = 0; i < part.count; i++) {
    for (const [y, x] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const) {
      images.fill(255, i * 24 + y * 8 + x * 2, i * 24 + y * 8 + x * 2 + 2)
    }
  }
  return { ...part, images, labels: new Uint8Array(part.count).fill(3) }
}
const twin: Dataset = { ...dataset, train: stamped(dataset.train) }
const workspaces = async () => [
  createWasmWorkspace({ model, dataset }),
  await createTfjsWorkspace(cpu, { model, dataset }),
]

test('the gradient of a poisoned batch is that of stamped images with the wanted label', async () => {
  const expected = await createWasmWorkspace({ model, dataset: twin }).gradient(parameters, batch)
  for (const workspace of await workspaces()) {
    const { gradient, loss } = await workspace.gradient(parameters, batch, undefined, { stamp: 2, label: 3 })
    expect(loss).toBeCloseTo(expected.loss, 5)
    gradient.forEach((value, k) => {
      expect(Math.abs(value - (expected.gradient[k] as number)), `${k}`).toBeLessThan(1e-6)
    })
    // The next batch is as it was.
    const clean = await createWasmWorkspace({ model, dataset }).gradient(parameters, batch)
    expect((await workspace.gradient(parameters, batch)).loss).toBeCloseTo(clean.loss, 5)
  }
})

test('a pattern probe uses the stamped test images of all other labels', async () => {
  const others = Uint32Array.from(dataset.test.labels.keys()).filter((i) => dataset.test.labels[i] !== 3)
  const asTraining = createWasmWorkspace({ model, dataset: { ...dataset, train: stamped(dataset.test) } })
  const { accuracy } = await asTraining.evaluate(parameters, others)
  expect(accuracy).toBeGreaterThan(0)
  expect(accuracy).toBeLessThan(1)
  for (const workspace of await workspaces()) {
    expect(await workspace.probe(parameters, { name: 'pattern', size: 2, target: 3 })).toBe(accuracy)
  }
})

test('a sample probe is one training image, without a stamp', async () => {
  for (const workspace of await workspaces()) {
    const shares = await Promise.all(
      [0, 1, 2, 3].map((target) => workspace.probe(parameters, { name: 'sample', image: 17, target })),
    )
    expect(shares.toSorted()).toEqual([0, 0, 0, 1])
  }
})

test.each<[Probe, string]>([
  [{ name: 'pattern', size: 4, target: 0 }, 'a pattern of 4 x 4 pixels does not fit the 3 x 4 images of random'],
  [{ name: 'pattern', size: 1, target: 4 }, 'random has the labels 0 to 3, got 4'],
  [{ name: 'sample', image: 150, target: 0 }, 'random has the examples 0 to 149 in this part, got 150'],
])('what the data set does not have is refused: %j', async (probe, message) => {
  for (const workspace of await workspaces()) await expect(workspace.probe(parameters, probe)).rejects.toThrow(message)
})
