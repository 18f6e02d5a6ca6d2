import * as tf from '@tensorflow/tfjs'
import { beforeAll, expect, test } from 'vitest'
import type { Dataset } from '#learning/datasets/dataset.ts'
import { openEngine } from '#learning/engines/open-engine.ts'
import type { TensorLibrary } from '#learning/engines/tensor-library.ts'
import { createTfjsWorkspace, type TensorEngine } from '#learning/engines/tfjs-engine.ts'
import { initialise } from '#learning/models/initialise.ts'
import type { Model } from '#learning/models/model.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'
import { networks, randomDataset, randomImages } from './engine-fixtures.ts'
import { numericGradient, referenceLoss } from './reference-loss.ts'

const engine: TensorEngine = {
  tf: tf as unknown as TensorLibrary,
  report: { engine: 'tfjs-cpu', hardware: false },
  guard: (work) => work,
}

const dataset: Dataset = {
  name: 'random',
  classes: 4,
  normalisation: { mean: 0.4, deviation: 0.3 },
  train: randomImages(20, [2, 3, 1], 4, 1),
  // More than one chunk of an evaluation, the last one short.
  test: randomImages(300, [2, 3, 1], 4, 2),
}
/** Not zero: there the gradient of softmax regression is special. */
const start = (model: Model) => {
  const random = randomStream(4, 'start')
  return initialise(model, random).map((value) => value + (random() - 0.5) / 10)
}
const workspaceOf = (model: Model) => createTfjsWorkspace(engine, { model, dataset })

beforeAll(async () => {
  tf.enableProdMode()
  await tf.setBackend('cpu')
})

for (const name of ['softmax-regression', 'mlp'] as const) {
  test(`the gradient of ${name} is that of central differences`, async () => {
    const model = buildModel(name, 6, 4)
    const parameters = start(model)
    const batch = Uint32Array.of(3, 0, 7, 19, 3)
    const { gradient, loss } = await (await workspaceOf(model)).gradient(parameters, batch)
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
    const { gradient, loss } = await (await createTfjsWorkspace(engine, { model, dataset: pictures })).gradient(
      parameters,
      batch,
    )
    expect(loss).toBeCloseTo(referenceLoss(model, pictures, parameters, batch), 5)
    numericGradient(model, pictures, parameters, batch).forEach((slope, k) => {
      expect(Math.abs((gradient[k] as number) - slope), `${k}`).toBeLessThan(1e-5)
    })
  })
}

test('a descent over two batches equals two gradients and momentum steps; its inputs are not mutated', async () => {
  const model = buildModel('mlp', 6, 4)
  const workspace = await workspaceOf(model)
  const x = start(model)
  const m = new Float32Array(model.parameterCount).fill(0.01)
  const kept = [x.slice(), m.slice()]
  const batches = [Uint32Array.of(0, 1, 2), Uint32Array.of(3, 4)]
  const result = await workspace.descend(x, m, batches, { learningRate: 0.1, beta: 0.9, dampening: 0.5 })
  expect([x, m]).toEqual(kept)

  let loss = 0
  for (const batch of batches) {
    const { gradient, loss: before } = await workspace.gradient(x, batch)
    loss += before / 2
    for (let k = 0; k < x.length; k++) {
      m[k] = 0.9 * (m[k] as number) + 0.5 * (gradient[k] as number)
      x[k] = (x[k] as number) - 0.1 * (m[k] as number)
    }
  }
  expect(result.parameters).toEqual(x)
  expect(result.momentum).toEqual(m)
  expect(result.loss).toBe(loss)
})

test('an evaluation counts every test image once, the short last chunk included', async () => {
  const model = buildModel('softmax-regression', 6, 4)
  const workspace = await workspaceOf(model)
  const share = dataset.test.labels.filter((label) => label === 0).length / dataset.test.count
  const { accuracy, loss } = await workspace.evaluate(new Float32Array(model.parameterCount))
  // All logits are equal: ties go to class 0, and the loss is ln 4.
  expect(accuracy).toBeCloseTo(share, 12)
  expect(loss).toBeCloseTo(Math.log(4), 12)
})

test('a batch is evaluated on the training set', async () => {
  const model = buildModel('mlp', 6, 4)
  const parameters = start(model)
  const batch = Uint32Array.of(5, 6)
  const workspace = await workspaceOf(model)
  const { loss } = await workspace.evaluate(parameters, batch)
  expect(loss).toBe((await workspace.gradient(parameters, batch)).loss)
})

test('no call leaks a tensor, also if it fails', async () => {
  const model = buildModel('mlp', 6, 4)
  const workspace = await workspaceOf(model)
  const before = tf.memory().numTensors
  const x = start(model)
  const batches = Array.from({ length: 5 }, (_, i) => Uint32Array.of(i, i + 1))
  await workspace.descend(x, x, batches, { learningRate: 0.1, beta: 0.9, dampening: 0 })
  await workspace.gradient(x, Uint32Array.of(1))
  await workspace.evaluate(x)
  await expect(workspace.gradient(x, Uint32Array.of(20))).rejects.toThrow(/got 20/)
  await expect(workspace.gradient(x.subarray(1), Uint32Array.of(0))).rejects.toThrow(/parameters/)
  await expect(workspace.gradient(x, new Uint32Array())).rejects.toThrow(/at least one example/)
  await expect(workspace.evaluate(x, new Uint32Array())).rejects.toThrow(/at least one example/)
  expect(tf.memory().numTensors).toBe(before)
})

test('concurrent calls do not affect each other', async () => {
  const model = buildModel('mlp', 6, 4)
  const workspace = await workspaceOf(model)
  const x = start(model)
  const alone = await workspace.gradient(x, Uint32Array.of(1, 2))
  const [first, , second] = await Promise.all([
    workspace.gradient(x, Uint32Array.of(1, 2)),
    workspace.evaluate(x),
    workspace.gradient(x, Uint32Array.of(1, 2)),
  ])
  expect(first).toEqual(alone)
  expect(second).toEqual(alone)
})

test('a model that does not fit the images is refused', async () => {
  await expect(workspaceOf(buildModel('mlp', 7, 4))).rejects.toThrow(
    /mlp does not fit random, images of 2x3x1: layer 1, dense, needs 7 numbers, got 1x1x6/,
  )
  await expect(workspaceOf(buildModel('mlp', 6, 3))).rejects.toThrow(/mlp has 3 classes, random has 4/)
})

test('a backend other than that of the report is refused', async () => {
  const named: TensorEngine = { ...engine, report: { engine: 'tfjs-wasm', hardware: false } }
  await expect(createTfjsWorkspace(named, { model: buildModel('mlp', 6, 4), dataset })).rejects.toThrow(
    'TensorFlow.js runs on cpu, not on wasm',
  )
})

test('auto takes the first engine that passes its self-test, and reports why not the earlier ones', async () => {
  // An engine whose products are wrong, as with an invalid shader.
  const zeros: TensorEngine = {
    ...engine,
    tf: { ...engine.tf, matMul: (a, b) => engine.tf.mul(engine.tf.matMul(a, b), 0) },
  }
  const candidates = [
    { engine: 'tfjs-webgpu', open: () => Promise.reject(new Error('no adapter')) },
    { engine: 'tfjs-wasm', open: async () => zeros },
    { engine: 'tfjs-cpu', open: async () => engine },
  ] as const
  const { report } = await openEngine('auto', candidates)
  expect(report.engine).toBe('tfjs-cpu')
  expect(report.fallback).toMatch(/^tfjs-webgpu: no adapter; tfjs-wasm: its self-test is off by/)
  await expect(openEngine('tfjs-wasm', candidates)).rejects.toMatchObject({ code: 'engine-unavailable' })
  expect((await openEngine('tfjs-cpu', candidates)).report).toEqual(engine.report)
})

test('an engine chosen by name may be software, auto needs hardware', async () => {
  const asked: boolean[] = []
  const candidate = {
    engine: 'tfjs-cpu',
    async open({ software }: { readonly software: boolean }) {
      asked.push(software)
      return engine
    },
  } as const
  await openEngine('auto', [candidate])
  await openEngine('tfjs-cpu', [candidate])
  expect(asked).toEqual([false, true])
})

/** The engine under another name, which records its tensors. */
function watched(name: 'tfjs-webgpu' | 'tfjs-cpu') {
  const shapes = new Set<string>()
  const transposed = new Set<string>()
  const library: TensorLibrary = {
    ...engine.tf,
    getBackend: () => name.replace('tfjs-', ''),
    tensor2d: (values, shape) => {
      shapes.add(shape.join('x'))
      return engine.tf.tensor2d(values, shape)
    },
    transpose: (tensor) => {
      transposed.add((tensor as unknown as { readonly dtype: string }).dtype)
      return engine.tf.transpose(tensor)
    },
  }
  return { engine: { ...engine, tf: library, report: { engine: name, hardware: true } } as const, shapes, transposed }
}

test('on a graphics device all batches have one shape, and short ones have the same gradient', async () => {
  const model = buildModel('mlp', 6, 4)
  const parameters = start(model)
  const { engine: device, shapes } = watched('tfjs-webgpu')
  const workspace = await createTfjsWorkspace(device, { model, dataset })
  await workspace.gradient(parameters, Uint32Array.of(0, 1, 2, 3, 4))
  const evaluated = await workspace.evaluate(parameters)
  const before = shapes.size
  const short = Uint32Array.of(7, 3)
  const { gradient, loss } = await workspace.gradient(parameters, short)
  const part = await workspace.evaluate(parameters, short)
  expect(await workspace.evaluate(parameters)).toEqual(evaluated)
  expect(shapes.size).toBe(before)

  const plain = await workspaceOf(model)
  const expected = await plain.gradient(parameters, short)
  expect(loss).toBeCloseTo(expected.loss, 6)
  expect(part.loss).toBeCloseTo(expected.loss, 6)
  expected.gradient.forEach((value, k) => {
    expect(gradient[k]).toBeCloseTo(value, 6)
  })
})

test('no step reads synchronously, and nothing but float32 is transposed', async () => {
  const { engine: device, transposed } = watched('tfjs-cpu')
  const { prototype } = tf.Tensor
  const { dataSync } = prototype
  prototype.dataSync = () => {
    throw new Error('dataSync loses a WebGPU device')
  }
  try {
    for (const { model, shape } of networks) {
      const workspace = await createTfjsWorkspace(device, { model, dataset: randomDataset(20, shape, 4) })
      const x = start(model)
      const descent = { learningRate: 0.1, beta: 0.9, dampening: 0 }
      await workspace.descend(x, x, [Uint32Array.of(0, 1)], descent)
      await workspace.evaluate(x, Uint32Array.of(2))
    }
  } finally {
    prototype.dataSync = dataSync
  }
  expect([...transposed]).toEqual(['float32'])
})
