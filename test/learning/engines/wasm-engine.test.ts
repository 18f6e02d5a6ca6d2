import * as tf from '@tensorflow/tfjs'
import { beforeAll, expect, test } from 'vitest'
import { type PartScore, scoreOf, type Workspace } from '#learning/engines/engine.ts'
import { openEngine } from '#learning/engines/open-engine.ts'
import { openWorkspace } from '#learning/engines/open-workspace.ts'
import type { TensorLibrary } from '#learning/engines/tensor-library.ts'
import { createTfjsWorkspace, type TensorEngine } from '#learning/engines/tfjs-engine.ts'
import { createWasmWorkspace, wasmEngine } from '#learning/engines/wasm-engine.ts'
import { initialise } from '#learning/models/initialise.ts'
import type { Model } from '#learning/models/model.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'
import { createBatches } from '#learning/training/batches.ts'
import { applyDescent } from '#learning/training/descent.ts'
import { flippedLabel } from '#learning/training/examples.ts'
import { networks, randomDataset } from './engine-fixtures.ts'
import { numericGradient, referenceLoss } from './reference-loss.ts'

const cpu: TensorEngine = {
  tf: tf as unknown as TensorLibrary,
  report: { engine: 'tfjs-cpu', hardware: false },
  guard: (work) => work,
}
const descent = { learningRate: 0.1, beta: 0.9, dampening: 0.25 }
const dataset = randomDataset(200, [2, 3, 1], 4)
/** Not zero: there the gradient of softmax regression is special. */
const start = (model: Model) => {
  const random = randomStream(4, 'start')
  return initialise(model, random).map((value) => value + (random() - 0.5) / 10)
}

beforeAll(async () => {
  tf.enableProdMode()
  await tf.setBackend('cpu')
})

/** Largest difference, as a share of the largest number. */
function distance(a: Float32Array, b: Float32Array): number {
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return a.reduce((most, value, k) => Math.max(most, Math.abs(value - (b[k] as number))), 0) / scale
}

/** FNV-1a of the bytes of a vector. */
function hash(vector: Float32Array): string {
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
  let h = 0x811c9dc5
  for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193) >>> 0
  return h.toString(16)
}

for (const name of ['softmax-regression', 'mlp'] as const) {
  test(`the gradient of ${name} is that of central differences`, async () => {
    const model = buildModel(name, 6, 4)
    const parameters = start(model)
    const batch = Uint32Array.of(3, 0, 7, 19, 3)
    const { gradient, loss } = await createWasmWorkspace({ model, dataset }).gradient(parameters, batch)
    expect(loss).toBeCloseTo(referenceLoss(model, dataset, parameters, batch), 5)
    numericGradient(model, dataset, parameters, batch).forEach((slope, k) => {
      expect(Math.abs((gradient[k] as number) - slope), `${k}`).toBeLessThan(1e-5)
    })
  })
}

for (const { model, shape } of networks) {
  test(`the gradient of ${model.name} is that of central differences`, async () => {
    const pictures = randomDataset(20, shape, 4)
    const parameters = start(model)
    const batch = Uint32Array.of(3, 0, 7, 19, 4)
    const { gradient, loss } = await createWasmWorkspace({ model, dataset: pictures }).gradient(parameters, batch)
    expect(loss).toBeCloseTo(referenceLoss(model, pictures, parameters, batch), 5)
    numericGradient(model, pictures, parameters, batch).forEach((slope, k) => {
      expect(Math.abs((gradient[k] as number) - slope), `${k}`).toBeLessThan(1e-5)
    })
  })
}

test('20 steps end within 1e-6 of tfjs-cpu, with batches of size 1, of odd sizes and longer than a pass', async () => {
  const subjects = [
    { model: buildModel('softmax-regression', 25, 4), shape: [5, 5, 1] as const },
    { model: buildModel('mlp', 25, 4), shape: [5, 5, 1] as const },
    { model: buildModel('mlp', 784, 4), shape: [28, 28, 1] as const },
    ...networks,
  ]
  for (const { model, shape } of subjects) {
    const subject = { model, dataset: randomDataset(200, shape, 4) }
    const oracle = await createTfjsWorkspace(cpu, subject)
    const examples = Uint32Array.from({ length: 200 }, (_, i) => i)
    const source = createBatches({ seed: 1, peer: 0, examples, batchSize: 8, order: 'shuffled' })
    const batches = Array.from({ length: 17 }, () => source.next())
    batches.push(Uint32Array.of(7), Uint32Array.of(3, 1, 4, 1, 5, 9, 2), examples)
    const x = start(subject.model)
    const m = x.map((value) => value / 10)
    const gentle = { ...descent, learningRate: 0.02 }
    const expected = await oracle.descend(x, m, batches, gentle)
    const workspace = createWasmWorkspace(subject)
    const result = await workspace.descend(x, m, batches, gentle)
    expect(distance(result.parameters, expected.parameters), `${model.name} ${shape}`).toBeLessThan(1e-6)
    expect(result.loss).toBeCloseTo(expected.loss, 5)
    const evaluation = await workspace.evaluate(expected.parameters)
    const wanted = await oracle.evaluate(expected.parameters)
    expect(evaluation.loss).toBeCloseTo(wanted.loss, 5)
    expect(Math.abs(evaluation.accuracy - wanted.accuracy)).toBeLessThan(0.005)
  }
})

test('a step of the cnn ends within 1e-6 of tfjs-cpu', async () => {
  for (const shape of [
    [28, 28, 1],
    [32, 32, 3],
  ] as const) {
    const model = buildModel('cnn', shape[0] * shape[1] * shape[2], 10)
    const subject = { model, dataset: randomDataset(4, shape, 10) }
    const oracle = await createTfjsWorkspace(cpu, subject)
    const x = initialise(model, randomStream(1, 'initial'))
    const batch = Uint32Array.of(2, 0, 1)
    const expected = await oracle.gradient(x, batch)
    const { gradient, loss } = await createWasmWorkspace(subject).gradient(x, batch)
    expect(distance(gradient, expected.gradient)).toBeLessThan(1e-6)
    expect(loss).toBeCloseTo(expected.loss, 5)
  }
})

test('a step of the resnet20 ends within 1e-6 of tfjs-cpu', async () => {
  const model = buildModel('resnet20', 784, 10)
  const subject = { model, dataset: randomDataset(4, [28, 28, 1], 10) }
  const x = initialise(model, randomStream(1, 'initial'))
  const batch = Uint32Array.of(2)
  const expected = await (await createTfjsWorkspace(cpu, subject)).gradient(x, batch)
  const { gradient, loss } = await createWasmWorkspace(subject).gradient(x, batch)
  expect(distance(gradient, expected.gradient)).toBeLessThan(1e-6)
  expect(loss).toBeCloseTo(expected.loss, 5)
})

test('the bits of resnet20 are the same in Node and in Chromium, also over several passes', async () => {
  const model = buildModel('resnet20', 3072, 10)
  const subject = { model, dataset: randomDataset(40, [32, 32, 3], 10) }
  const x = initialise(model, randomStream(1, 'initial'))
  const workspace = createWasmWorkspace(subject)
  const still = new Float32Array(x.length)
  const { parameters, loss } = await workspace.descend(x, still, [Uint32Array.of(3, 9), Uint32Array.of(1)], {
    ...descent,
    learningRate: 0.01,
  })
  expect({ parameters: hash(parameters), loss }).toEqual({ parameters: 'f755b8be', loss: 2.7341804402701904 })
  // More than the 32 rows of a pass: the gradients of the passes add up.
  const long = Uint32Array.from({ length: 36 }, (_, i) => i)
  const whole = await workspace.gradient(x, long)
  const parts = await Promise.all([long.subarray(0, 32), long.subarray(32)].map((part) => workspace.gradient(x, part)))
  const sum = x.map((_, k) => (32 * (parts[0]?.gradient[k] as number) + 4 * (parts[1]?.gradient[k] as number)) / 36)
  expect(distance(whole.gradient, sum)).toBeLessThan(1e-5)
})

for (const [name, shape, bits] of [
  [
    'softmax-regression',
    [8, 8, 1],
    { evaluation: 3.1802149510427538, loss: 2.078329435595314, momentum: '548d88a8', parameters: 'e653272b' },
  ],
  [
    'mlp',
    [28, 28, 1],
    { evaluation: 2.9245338093736426, loss: 1.8521102404487828, momentum: '261d8e8f', parameters: 'bc0165cd' },
  ],
  [
    'cnn',
    [32, 32, 3],
    { evaluation: 2.3592916378006423, loss: 2.30286387589512, momentum: '598d026', parameters: 'a1d9b4b7' },
  ],
] as const) {
  test(`the bits of ${name} after 20 steps are the same in Node, in Chromium and a second time`, async () => {
    const model = buildModel(name, shape[0] * shape[1] * shape[2], 10)
    const subject = { model, dataset: randomDataset(200, shape, 10) }
    const examples = Uint32Array.from({ length: 200 }, (_, i) => i)
    const run = async (workspace: Workspace) => {
      const source = createBatches({ seed: 1, peer: 0, examples, batchSize: 15, order: 'shuffled' })
      const batches = Array.from({ length: 20 }, () => source.next())
      const x = initialise(model, randomStream(1, 'initial'))
      const { parameters, momentum, loss } = await workspace.descend(x, new Float32Array(x.length), batches, descent)
      const evaluation = await workspace.evaluate(parameters)
      return { parameters: hash(parameters), momentum: hash(momentum), loss, evaluation: evaluation.loss }
    }
    const workspace = createWasmWorkspace(subject)
    expect(await run(workspace)).toEqual(bits)
    expect(await run(workspace)).toEqual(bits)
    expect(await run(createWasmWorkspace(subject))).toEqual(bits)
  })
}

test('clipping and weight decay have the same bits in Node and Chromium, and match the definition', async () => {
  const model = buildModel('mlp', 6, 4)
  const workspace = createWasmWorkspace({ model, dataset })
  const x = start(model)
  const m = new Float32Array(x.length)
  const batches = [Uint32Array.of(0, 1, 2), Uint32Array.of(3, 4)]
  const full = { ...descent, gradientClip: 0.05, weightDecay: 0.01 }
  const result = await workspace.descend(x, m, batches, full)
  for (const batch of batches) applyDescent(x, m, (await workspace.gradient(x, batch)).gradient, full)
  expect(distance(result.parameters, x)).toBeLessThan(1e-6)
  expect(distance(result.momentum, m)).toBeLessThan(1e-6)
  expect([hash(result.parameters), hash(result.momentum)]).toEqual(['8b022f7f', 'b8ed21fb'])
})

test('a descent equals gradients and momentum steps; its inputs are not mutated and its results are fresh', async () => {
  const model = buildModel('mlp', 6, 4)
  const workspace = createWasmWorkspace({ model, dataset })
  const x = start(model)
  const m = new Float32Array(model.parameterCount).fill(0.01)
  const kept = [x.slice(), m.slice()]
  const batches = [Uint32Array.of(0, 1, 2), Uint32Array.of(3, 4)]
  const result = await workspace.descend(x, m, batches, descent)
  expect([x, m]).toEqual(kept)
  let loss = 0
  for (const batch of batches) {
    const step = await workspace.gradient(x, batch)
    loss += step.loss / 2
    for (let k = 0; k < x.length; k++) {
      m[k] = Math.fround(Math.fround(0.9) * (m[k] as number)) + Math.fround(0.75 * (step.gradient[k] as number))
      x[k] = (x[k] as number) - Math.fround(Math.fround(0.1) * (m[k] as number))
    }
  }
  expect(result.parameters).toEqual(x)
  expect(result.momentum).toEqual(m)
  expect(result.loss).toBe(loss)
})

test('an evaluation counts every test image once, also in the short last pass; ties go to class 0', async () => {
  const model = buildModel('softmax-regression', 6, 4)
  const workspace = createWasmWorkspace({ model, dataset })
  const share = dataset.test.labels.filter((label) => label === 0).length / dataset.test.count
  const { accuracy, loss } = await workspace.evaluate(new Float32Array(model.parameterCount))
  expect(accuracy).toBeCloseTo(share, 12)
  expect(loss).toBeCloseTo(Math.log(4), 12)
})

test('any number of parts of an evaluation gives the bits of the whole evaluation', async () => {
  const { source, count } = { source: dataset.test, count: 700 }
  const pixels = source.images.length / source.count
  const longer = {
    ...source,
    count,
    images: Uint8Array.from({ length: count * pixels }, (_, i) => (i * 31 + (i >> 5)) % 256),
    labels: Uint8Array.from({ length: count }, (_, i) => (i * 7) % 4),
  }
  const model = buildModel('mlp', 6, 4)
  const workspace = createWasmWorkspace({ model, dataset: { ...dataset, test: longer } })
  const x = start(model)
  const whole = await workspace.evaluate(x)
  for (const parts of [1, 2, 4, 9]) {
    const scores: PartScore[] = []
    for (let part = 0; part < parts; part++) scores.push((await workspace.evaluatePart?.(x, part, parts)) as PartScore)
    expect(scores.reduce((sum, score) => sum + score.count, 0)).toBe(count)
    expect(scoreOf(scores)).toEqual(whole)
  }
})

test('a row that is not finite is wrong and makes the loss NaN', async () => {
  const model = buildModel('mlp', 6, 4)
  const workspace = createWasmWorkspace({ model, dataset })
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const x = start(model)
    x[x.length - 1] = value
    expect(await workspace.evaluate(x)).toEqual({ loss: Number.NaN, accuracy: 0 })
    expect((await workspace.gradient(x, Uint32Array.of(0, 1))).loss).toBeNaN()
  }
})

test('bad calls are refused with a message, and the workspace still works', async () => {
  const model = buildModel('mlp', 6, 4)
  const workspace = createWasmWorkspace({ model, dataset })
  const x = start(model)
  const before = await workspace.gradient(x, Uint32Array.of(1))
  await expect(workspace.gradient(x, Uint32Array.of(200))).rejects.toThrow(/got 200/)
  await expect(workspace.gradient(x.subarray(1), Uint32Array.of(0))).rejects.toThrow(/parameters/)
  await expect(workspace.gradient(x, new Uint32Array())).rejects.toThrow(/at least one example/)
  await expect(workspace.evaluate(x, new Uint32Array())).rejects.toThrow(/at least one example/)
  await expect(workspace.descend(x, x, [Uint32Array.of(200)], descent)).rejects.toBeInstanceOf(RangeError)
  await expect(workspace.descend(x, x.subarray(1), [], descent)).rejects.toThrow(/momentum/)
  expect(await workspace.gradient(x, Uint32Array.of(1))).toEqual(before)
  expect(() => createWasmWorkspace({ model: buildModel('mlp', 7, 4), dataset })).toThrow(/mlp does not fit random/)
  expect(() => createWasmWorkspace({ model: buildModel('mlp', 6, 3), dataset })).toThrow(/mlp has 3 classes/)
})

test('the memory does not grow from step to step', async () => {
  const model = buildModel('mlp', 6, 4)
  const workspace = createWasmWorkspace({ model, dataset })
  const { byteLength } = workspace.memory.buffer
  const all = Uint32Array.from({ length: 200 }, (_, i) => i)
  await workspace.descend(start(model), start(model), Array(50).fill(all), descent)
  await workspace.evaluate(start(model))
  expect(workspace.memory.buffer.byteLength).toBe(byteLength)
})

test('it passes the self-test, comes before tfjs, and reports why earlier engines were not used', async () => {
  const candidates = [
    { engine: 'tfjs-webgpu', open: () => Promise.reject(new Error('no adapter')) },
    wasmEngine(),
    { engine: 'tfjs-cpu', open: () => Promise.reject(new Error('not reached')) },
  ] as const
  const report = { engine: 'wasm', hardware: false, tile: '4 x 8', fallback: 'tfjs-webgpu: no adapter' }
  const opened = await openEngine('auto', candidates)
  expect(opened.report).toEqual(report)
  const workspace = await openWorkspace(opened, { model: buildModel('mlp', 6, 4), dataset })
  expect(workspace.report).toEqual(report)
  expect((await openEngine('wasm', candidates)).report).toEqual({ engine: 'wasm', hardware: false, tile: '4 x 8' })
})

test('on both engines a flipped example is the same image with the label classes - 1 - y', async () => {
  const model = buildModel('softmax-regression', 6, 4)
  const parameters = start(model)
  const batch = Uint32Array.of(3, 150, 7)
  const poisoned = batch.map((example, i) => (i === 1 ? example : (example | flippedLabel) >>> 0))
  const labels = dataset.train.labels.slice()
  for (const i of [3, 7]) labels[i] = 3 - (labels[i] as number)
  const flipped = { ...dataset, train: { ...dataset.train, labels } }
  const expected = await createWasmWorkspace({ model, dataset: flipped }).gradient(parameters, batch)
  expect(await createWasmWorkspace({ model, dataset }).gradient(parameters, poisoned)).toEqual(expected)
  const tensors = await (await createTfjsWorkspace(cpu, { model, dataset })).gradient(parameters, poisoned)
  expect(distance(tensors.gradient, expected.gradient)).toBeLessThan(1e-5)
  expect(await createWasmWorkspace({ model, dataset }).evaluate(parameters, poisoned)).toEqual(
    await createWasmWorkspace({ model, dataset: flipped }).evaluate(parameters, batch),
  )
})

test.each([0, 1, 2, 3, 17, 49])(
  'it says whether a gradient and a step are finite, wherever parameter %i is not',
  async (place) => {
    const model = buildModel('softmax-regression', 6, dataset.classes)
    const workspace = createWasmWorkspace({ model, dataset })
    const batch = Uint32Array.of(0, 1, 2)
    const x = start(model)
    expect((await workspace.gradient(x, batch)).finite).toBe(true)
    const none = new Float32Array(x.length)
    expect((await workspace.descend(x, none, [batch], descent)).finite).toBe(true)
    for (const value of [Number.NaN, -Infinity]) {
      const broken = x.slice()
      broken[place % x.length] = value
      const { parameters, finite } = await workspace.descend(broken, none, [], descent)
      expect(parameters.every(Number.isFinite)).toBe(false)
      expect(finite).toBe(false)
    }
  },
)
