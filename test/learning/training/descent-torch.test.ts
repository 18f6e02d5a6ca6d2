import * as tf from '@tensorflow/tfjs'
import { beforeAll, expect, test } from 'vitest'
import type { Workspace } from '#learning/engines/engine.ts'
import type { TensorLibrary } from '#learning/engines/tensor-library.ts'
import { createTfjsWorkspace } from '#learning/engines/tfjs-engine.ts'
import { createWasmWorkspace } from '#learning/engines/wasm-engine.ts'
import { softmaxRegression } from '#learning/models/softmax-regression.ts'
import { learningRateAt, type ScheduleConfig } from '#learning/training/schedules.ts'
import vector from '../../vectors/descent.json' with { type: 'json' }

const part = {
  count: vector.labels.length,
  shape: [2, 2, 1] as const,
  images: Uint8Array.from(vector.images.flat()),
  labels: Uint8Array.from(vector.labels),
}
const subject = {
  model: softmaxRegression(4, 3),
  dataset: { name: 'vector', classes: 3, normalisation: { mean: 0, deviation: 1 }, train: part, test: part },
}

beforeAll(async () => {
  tf.enableProdMode()
  await tf.setBackend('cpu')
})

const engines: Record<string, () => Workspace | Promise<Workspace>> = {
  wasm: () => createWasmWorkspace(subject),
  'tfjs-cpu': () =>
    createTfjsWorkspace(
      {
        tf: tf as unknown as TensorLibrary,
        report: { engine: 'tfjs-cpu', hardware: false },
        guard: (work) => work,
      },
      subject,
    ),
}

for (const [engine, open] of Object.entries(engines)) {
  for (const { settings, rates, parameters } of vector.cases) {
    test(`${engine} follows PyTorch: ${JSON.stringify(settings)}`, async () => {
      const workspace = await open()
      const { learningRate, schedule, ...rest } = settings
      let x: Float32Array = Float32Array.from(vector.start)
      let m: Float32Array = new Float32Array(x.length)
      for (const [round, batch] of vector.batches.entries()) {
        const rate = learningRateAt(learningRate, schedule as ScheduleConfig, round)
        expect(rate).toBeCloseTo(rates[round] as number, 12)
        const descent = { ...rest, learningRate: rate, dampening: 0 }
        const result = await workspace.descend(x, m, [Uint32Array.from(batch)], descent)
        x = result.parameters
        m = result.momentum
        parameters[round]?.forEach((expected, k) => {
          expect(Math.abs((x[k] as number) - expected), `round ${round}, ${k}`).toBeLessThan(4e-6)
        })
      }
    })
  }
}
