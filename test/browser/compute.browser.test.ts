import { expect, test } from 'vitest'
import { createComputeWorker } from '#browser/compute/pool.ts'
import type { Dataset, LabelledImages } from '#learning/datasets/dataset.ts'
import { initialise } from '#learning/models/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { integer, randomStream } from '#learning/random.ts'
import type { ComputeConfig } from '#protocol/compute/calls.ts'

const workerUrl = new URL('./compute-worker.ts', import.meta.url)
// By path: vite resolves a folder next to this module to its index.js.
const assets = new URL('/node_modules/@tensorflow/tfjs-backend-wasm/dist/', location.href).href

const random = randomStream(1, 'images')
const part: LabelledImages = {
  count: 40,
  shape: [4, 4, 1],
  images: Uint8Array.from({ length: 40 * 16 }, () => integer(random, 256)),
  labels: Uint8Array.from({ length: 40 }, (_, i) => i % 3),
}
const dataset: Dataset = {
  name: 'random',
  classes: 3,
  normalisation: { mean: 0.5, deviation: 0.3 },
  train: part,
  test: part,
}
const setup: ComputeConfig & { readonly assets: string } = {
  model: 'mlp',
  dataset,
  engine: 'auto',
  aggregation: { name: 'median', before: [] },
  assets,
}
const model = buildModel('mlp', 16, 3)

test("a tab's worker trains off the page with wasm, says why not with WebGPU, and agrees with tfjs-wasm and tfjs-cpu", async () => {
  const start = initialise(model, randomStream(1, 'initial'))
  const still = new Float32Array(model.parameterCount)
  const batches = Array.from({ length: 20 }, (_, i) => Uint32Array.of(i, i + 20, (7 * i) % 40))
  const descent = { learningRate: 0.1, beta: 0.9, dampening: 0 }
  const results = []
  for (const engine of ['auto', 'tfjs-wasm', 'tfjs-cpu'] as const) {
    const compute = await createComputeWorker({ workerUrl, setup: { ...setup, engine } })
    try {
      if (engine === 'auto' && !compute.report.hardware) {
        const fallback = expect.stringMatching(/^tfjs-webgpu: [^;]*; tfjs-webgl: [^;]*$/)
        const tile = expect.stringMatching(/^4 x (8|16)$/)
        expect(compute.report).toEqual({ engine: 'wasm', hardware: false, tile, fallback })
      }
      const result = await compute.descend(start, still, batches, descent)
      const { loss } = await compute.evaluate(result.parameters)
      const vectors = [start, result.parameters, still]
      const input = { vectors, own: 0, weights: [1 / 3, 1 / 3, 1 / 3], round: 0, rounds: 1 }
      const { output } = await compute.aggregate(input)
      expect(output.length).toBe(model.parameterCount)
      results.push({ ...result, evaluated: loss })
    } finally {
      await compute.close()
    }
  }
  const [wasm, tfjs, cpu] = results
  if (!wasm || !tfjs || !cpu) throw new Error('three results')
  for (const { parameters } of [wasm, tfjs]) {
    const worst = cpu.parameters.reduce(
      (most, value, k) => Math.max(most, Math.abs(value - (parameters[k] as number))),
      0,
    )
    expect(worst).toBeLessThan(1e-5)
  }
  expect(cpu.evaluated).toBeLessThan(Math.log(3))
})

for (const [engine, software] of [
  ['tfjs-webgpu', 'only a software WebGPU adapter'],
  ['tfjs-webgl', 'only a software WebGL renderer'],
] as const) {
  test(`a tab's worker trains with ${engine}, on the processor where it must, as with wasm`, async ({ skip }) => {
    const auto = await createComputeWorker({ workerUrl, setup })
    const start = initialise(model, randomStream(1, 'initial'))
    const batches = [Uint32Array.of(0, 1, 2, 3), Uint32Array.of(4, 5)]
    const descent = { learningRate: 0.1, beta: 0.9, dampening: 0 }
    const train = async (compute: Awaited<ReturnType<typeof createComputeWorker>>) => {
      try {
        const { parameters } = await compute.descend(start, new Float32Array(start.length), batches, descent)
        return [...parameters, (await compute.evaluate(parameters)).loss]
      } finally {
        await compute.close()
      }
    }
    const expected = await train(auto)
    if (!auto.report.hardware && !auto.report.fallback?.includes(software)) return skip(auto.report.fallback)
    const compute = await createComputeWorker({ workerUrl, setup: { ...setup, engine } })
    expect(compute.report).toMatchObject({ engine, adapter: expect.stringMatching(/./) })
    const found = await train(compute)
    expect(Math.max(...found.map((value, k) => Math.abs(value - (expected[k] as number))))).toBeLessThan(1e-4)
  })
}

test('wasm binaries that are not where they should be are an error that names the place', async () => {
  const wish = { ...setup, engine: 'tfjs-wasm', assets: new URL('/nowhere/', location.href).href } as const
  await expect(createComputeWorker({ workerUrl, setup: wish })).rejects.toThrow(
    /tfjs-wasm: TensorFlow.js could not start wasm from http.*\/nowhere\//,
  )
})

test('a worker script that is not there rejects', async () => {
  const nowhere = new URL('/nowhere/worker.js', import.meta.url)
  await expect(createComputeWorker({ workerUrl: nowhere, setup })).rejects.toMatchObject({ code: 'compute-crashed' })
})
