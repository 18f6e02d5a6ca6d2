import { expect, test } from 'vitest'
import { descendProximally, type ProximalDescent } from '#learning/engines/proximal.ts'
import { createWasmWorkspace } from '#learning/engines/wasm-engine.ts'
import { initialise } from '#learning/models/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'
import { randomDataset } from './engine-fixtures.ts'
import { referenceLoss } from './reference-loss.ts'

const dataset = randomDataset(60, [2, 3, 1], 4)
const model = buildModel('softmax-regression', 6, 4)
const workspace = createWasmWorkspace({ model, dataset })
const start = initialise(model, randomStream(2, 'initialise'))
const poison = { stamp: 1, label: 2 }
const batch = Uint32Array.of(4, 8, 15, 16, 23)
const base: ProximalDescent = {
  start,
  batches: [batch],
  poison,
  alpha: 0.2,
  weights: start.map((_, k) => 0.1 + 0.01 * k),
  learningRate: 1e-3,
  momentum: 0,
  weightDecay: 0,
}
/** Images with a bright upper left pixel, all of them labelled 2. */
const images = dataset.train.images.slice()
for (let i = 0; i < dataset.train.count; i++) images[i * 6] = 255
const poisoned = { ...dataset, train: { ...dataset.train, images, labels: new Uint8Array(60).fill(2) } }

/** alpha task + (1 - alpha) distance, in float64. */
function lossAt(v: Float64Array, alpha: number): number {
  const distance = v.reduce(
    (sum, value, k) => sum + (base.weights[k] as number) * (value - (start[k] as number)) ** 2,
    0,
  )
  return alpha * referenceLoss(model, poisoned, v, batch) + (1 - alpha) * distance
}

test('a step follows the slope of alpha task + (1 - alpha) distance, divided by alpha', async () => {
  // Away from the start, where the distance has a slope of its own.
  const away = (await descendProximally(workspace, { ...base, learningRate: 5 })).parameters
  const rate = 1e-3
  for (const alpha of [0.2, 0.7]) {
    const from = Float64Array.from(away)
    const next = await stepFrom(away, alpha, rate)
    for (let k = 0; k < from.length; k++) {
      const [up, down] = [from.slice(), from.slice()]
      up[k] = (up[k] as number) + 1e-4
      down[k] = (down[k] as number) - 1e-4
      const slope = (lossAt(up, alpha) - lossAt(down, alpha)) / 2e-4
      expect(Math.abs(((away[k] as number) - (next[k] as number)) / rate - slope / alpha), `${k}`).toBeLessThan(5e-3)
    }
  }
})

/** One step at `away` while the distance is still measured from `start`: the gradient of the first is made to end there. */
async function stepFrom(away: Float32Array, alpha: number, learningRate: number): Promise<Float32Array> {
  let calls = 0
  const pull = (2 * learningRate * (1 - alpha)) / alpha
  const jumping = {
    async gradient(at: Float32Array, asked: Uint32Array, views?: Uint32Array, lie?: typeof poison) {
      if (calls++ > 0) return workspace.gradient(at, asked, views, lie)
      const gradient = at.map((value, k) => {
        const factor = 1 + pull * (base.weights[k] as number)
        return (value - (start[k] as number) - ((away[k] as number) - (start[k] as number)) * factor) / learningRate
      })
      return { gradient, loss: 0 }
    },
  }
  return (await descendProximally(jumping, { ...base, alpha, learningRate, batches: [batch, batch] })).parameters
}

test('with alpha 1 it is plain descent with momentum and weight decay', async () => {
  const { parameters } = await descendProximally(workspace, {
    ...base,
    alpha: 1,
    batches: [batch, batch],
    learningRate: 0.5,
    momentum: 0.9,
    weightDecay: 0.01,
  })
  const x = Float64Array.from(start)
  const m = new Float64Array(x.length)
  for (let step = 0; step < 2; step++) {
    const { gradient } = await workspace.gradient(Float32Array.from(x), batch, undefined, poison)
    for (let k = 0; k < x.length; k++) {
      m[k] = 0.9 * (m[k] as number) + (gradient[k] as number) + 0.01 * (x[k] as number)
      x[k] = (x[k] as number) - 0.5 * (m[k] as number)
    }
  }
  parameters.forEach((value, k) => {
    expect(value).toBeCloseTo(x[k] as number, 5)
  })
})

test('large weights of the distance keep the parameters at the start', async () => {
  const weights = start.map(() => 1e10)
  const { parameters } = await descendProximally(workspace, {
    ...base,
    weights,
    learningRate: 1,
    batches: Array(50).fill(batch),
  })
  parameters.forEach((value, k) => {
    expect(Math.abs(value - (start[k] as number))).toBeLessThan(1e-6)
  })
})

test('the loss is that of the task before the step', async () => {
  const { loss } = await descendProximally(workspace, base)
  expect(loss).toBeCloseTo(referenceLoss(model, poisoned, start, batch), 5)
})

test('the start is not mutated, and weights of another length are refused', async () => {
  const before = start.slice()
  await descendProximally(workspace, base)
  expect(start).toEqual(before)
  const weights = new Float32Array(2)
  await expect(descendProximally(workspace, { ...base, weights })).rejects.toThrow(
    'the distance needs 28 weights, got 2',
  )
})
