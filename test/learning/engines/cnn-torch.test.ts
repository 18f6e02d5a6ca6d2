import { expect, test } from 'vitest'
import { createWasmWorkspace } from '#learning/engines/wasm-engine.ts'
import { buildModel } from '#learning/models/registry.ts'
import vector from '../../vectors/cnn.json' with { type: 'json' }

const noise = (k: number) => (k * 48271) % 65537
const count = 6
const part = {
  count,
  shape: [32, 32, 3] as const,
  images: Uint8Array.from({ length: count * 3072 }, (_, k) => noise(k) % 256),
  labels: Uint8Array.from({ length: count }, (_, k) => (k * 3) % 10),
}

test("the CIFAR-10 network has PyTorch's loss and gradient", async () => {
  const model = buildModel('cnn', 3072, 10)
  const workspace = createWasmWorkspace({
    model,
    dataset: { name: 'formula', classes: 10, normalisation: { mean: 0.5, deviation: 0.5 }, train: part, test: part },
  })
  const parameters = Float32Array.from({ length: model.parameterCount }, (_, k) => (noise(k) - 32768) / 2 ** 18)
  const { gradient, loss } = await workspace.gradient(parameters, Uint32Array.of(0, 1, 2, 3, 4, 5))
  expect(loss).toBeCloseTo(vector.loss, 5)
  expect(Math.hypot(...gradient) / vector.norm).toBeCloseTo(1, 5)
  vector.gradient.forEach((slope, i) => {
    expect(Math.abs((gradient[i * vector.every] as number) - slope), `${i}`).toBeLessThan(1e-6 * vector.norm)
  })
})
