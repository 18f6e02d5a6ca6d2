import * as tf from '@tensorflow/tfjs'
import { beforeAll, expect, test } from 'vitest'
import type { Workspace } from '#learning/engines/engine.ts'
import type { TensorLibrary } from '#learning/engines/tensor-library.ts'
import { createTfjsWorkspace } from '#learning/engines/tfjs-engine.ts'
import { createWasmWorkspace } from '#learning/engines/wasm-engine.ts'
import { initialise } from '#learning/models/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'
import { drawViews } from '#learning/training/augmentation.ts'
import { createGather } from '#learning/training/examples.ts'
import { createTrainer } from '#protocol/peer/trainer.ts'
import { randomDataset } from '../engines/engine-fixtures.ts'

const viewOf = (down: number, right: number, mirrored: boolean) =>
  (down + 128) * 512 + (right + 128) * 2 + (mirrored ? 1 : 0)

/** Two images of 2 x 3 pixels: 1 to 6 and 11 to 16. */
const part = {
  count: 2,
  shape: [2, 3, 1] as const,
  images: Uint8Array.of(1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16),
  labels: Uint8Array.of(0, 1),
}
const tiny = { name: 'tiny', classes: 2, normalisation: { mean: 0, deviation: 1 / 255 }, train: part, test: part }

beforeAll(async () => {
  tf.enableProdMode()
  await tf.setBackend('cpu')
})

test.for<[string, number, number[]]>([
  ['untouched', viewOf(0, 0, false), [1, 2, 3, 4, 5, 6]],
  ['mirrored', viewOf(0, 0, true), [3, 2, 1, 6, 5, 4]],
  ['cut one below', viewOf(1, 0, false), [4, 5, 6, 0, 0, 0]],
  ['cut two to the left', viewOf(0, -2, false), [0, 0, 1, 0, 0, 4]],
  ['cut above and to the right, then mirrored', viewOf(-1, 1, true), [0, 0, 0, 0, 3, 2]],
  ['nothing but padding', viewOf(2, 0, false), [0, 0, 0, 0, 0, 0]],
])('an image %s', ([_, view, expected]) => {
  const { pixels } = createGather(tiny, part)(Uint32Array.of(0), 1, undefined, Uint32Array.of(view))
  expect([...pixels].map(Math.round)).toEqual(expected)
})

test('views are uniform, stay within the crop, and are equal for equal keys', () => {
  const count = 4000
  const draw = (crop: number, flip: boolean, peer: number) =>
    drawViews({ crop, flip }, randomStream(1, 'augmentation', peer, 0), count)
  const views = draw(2, true, 0)
  expect(draw(2, true, 0)).toEqual(views)
  expect(draw(2, true, 1)).not.toEqual(views)
  const tally = (of: (view: number) => number) => {
    const counts = new Map<number, number>()
    for (const view of views) counts.set(of(view), (counts.get(of(view)) ?? 0) + 1)
    return [...counts].sort(([a], [b]) => a - b)
  }
  const even = (values: number[]) => values.map((value) => [value, expect.closeTo(count / values.length, -2.5)])
  expect(tally((view) => (view >>> 9) - 128)).toEqual(even([-2, -1, 0, 1, 2]))
  expect(tally((view) => ((view >>> 1) & 255) - 128)).toEqual(even([-2, -1, 0, 1, 2]))
  expect(tally((view) => view & 1)).toEqual(even([0, 1]))
  expect(new Set(draw(0, true, 0))).toEqual(new Set([viewOf(0, 0, false), viewOf(0, 0, true)]))
  expect(() => draw(128, false, 0)).toThrow('a crop shifts by at most 127 pixels, got 128')
})

const dataset = randomDataset(200, [5, 6, 3], 4)
const model = buildModel('mlp', 90, 4)
const tensors = () =>
  createTfjsWorkspace(
    { tf: tf as unknown as TensorLibrary, report: { engine: 'tfjs-cpu', hardware: false }, guard: (work) => work },
    { model, dataset },
  )

/** FNV-1a of the bytes of a vector. */
function hash(vector: Float32Array): string {
  let h = 0x811c9dc5
  for (const byte of new Uint8Array(vector.buffer)) h = Math.imul(h ^ byte, 0x01000193) >>> 0
  return h.toString(16)
}

const trainerOn = (workspace: Workspace, augmented: boolean) =>
  createTrainer({
    workspace,
    initial: initialise(model, randomStream(1, 'initial')),
    descent: { beta: 0.9, dampening: 0 },
    momentumAt: 'local',
    ...(augmented ? { augmentation: { crop: 2, flip: true, seed: 3, peer: 1 } } : {}),
  })
/** Longer than one pass of an engine. */
const batches = [0, 1, 2].map((k) => Uint32Array.from({ length: 150 }, (_, i) => (7 * i + k) % 200))

test('augmented training has the same bits in Node and Chromium, is close to tfjs-cpu, and differs from plain training', async () => {
  const after = async (workspace: Workspace, augmented = true) => {
    const trainer = trainerOn(workspace, augmented)
    await trainer.step(batches, 0.1)
    return trainer.read()
  }
  const wasm = await after(createWasmWorkspace({ model, dataset }))
  expect(hash(wasm)).toBe('af5184b4')
  const tfjs = await after(await tensors())
  const plain = await after(createWasmWorkspace({ model, dataset }), false)
  const farthest = (other: Float32Array) =>
    wasm.reduce((most, value, k) => Math.max(most, Math.abs(value - (other[k] as number))), 0)
  expect(farthest(tfjs)).toBeLessThan(1e-6)
  expect(farthest(plain)).toBeGreaterThan(1e-3)
})

test('on both engines the gradient with views equals that of the transformed images', async () => {
  const batch = batches[0] as Uint32Array
  const views = drawViews({ crop: 1, flip: true }, randomStream(2, 'views'), batch.length)
  const x = initialise(model, randomStream(1, 'initial'))
  const images = new Uint8Array(batch.length * 90)
  const table = createGather({ ...dataset, normalisation: { mean: 0, deviation: 1 / 255 } }, dataset.train)
  table(batch, batch.length, undefined, views).pixels.forEach((value, k) => {
    images[k] = Math.round(value)
  })
  const labels = Uint8Array.from(batch, (index) => dataset.train.labels[index] as number)
  const seen = { ...dataset, train: { count: batch.length, shape: dataset.train.shape, images, labels } }
  const all = Uint32Array.from(batch, (_, i) => i)
  const expected = await createWasmWorkspace({ model, dataset: seen }).gradient(x, all)
  expect(await createWasmWorkspace({ model, dataset }).gradient(x, batch, views)).toEqual(expected)
  const { gradient } = await (await tensors()).gradient(x, batch, views)
  gradient.forEach((value, k) => {
    expect(value).toBeCloseTo(expected.gradient[k] as number, 5)
  })
})

test('every batch draws new views; evaluations and losses draw none', async () => {
  const workspace = createWasmWorkspace({ model, dataset })
  const batch = batches[0] as Uint32Array
  const trainer = trainerOn(workspace, true)
  const other = trainerOn(workspace, true)
  const start = trainer.read()
  const first = await trainer.gradient(batch)
  expect((await trainer.gradient(batch)).gradient).not.toEqual(first.gradient)
  await other.gradient(batch)
  expect(await other.evaluate()).toEqual(await workspace.evaluate(start))
  expect(await other.losses([start], batch)).toEqual([(await workspace.evaluate(start, batch)).loss])
  // The second batch of each, with or without evaluations before.
  trainer.load(start)
  const again = trainerOn(workspace, true)
  await again.step([batch, batch], 0.1)
  const step = trainerOn(workspace, true)
  await step.step([batch], 0.1)
  await step.evaluate()
  await step.step([batch], 0.1)
  expect(again.read()).toEqual(step.read())
})

test('a batch needs one view for each example', async () => {
  const x = initialise(model, randomStream(1, 'initial'))
  const views = Uint32Array.of(viewOf(0, 0, false))
  const batch = Uint32Array.of(0, 1)
  for (const workspace of [createWasmWorkspace({ model, dataset }), await tensors()]) {
    const words = 'a batch of 2 examples needs as many views, got 1'
    await expect(workspace.gradient(x, batch, views)).rejects.toThrow(words)
    const descent = { learningRate: 0.1, beta: 0, dampening: 0 }
    await expect(workspace.descend(x, x, [batch], descent, [views])).rejects.toThrow(words)
  }
})
