import type { Dataset } from '../datasets/dataset.ts'
import type { Model } from '../models/model.ts'
import { type Engine, openWorkspace } from './open-workspace.ts'

const model: Model = {
  name: 'self-test',
  classes: 2,
  parameterCount: 17,
  layers: [
    { kind: 'flatten' },
    { kind: 'dense', inputs: 2, outputs: 3, weights: 'xavier', bias: 'zero' },
    { kind: 'relu' },
    { kind: 'dense', inputs: 3, outputs: 2, weights: 'xavier', bias: 'zero' },
  ],
}
/** Two images of two pixels: (1, 0.2) of class 0 and (0, 0.6) of class 1. */
const part = {
  count: 2,
  shape: [1, 2, 1] as const,
  images: Uint8Array.of(255, 51, 0, 153),
  labels: Uint8Array.of(0, 1),
}
const dataset: Dataset = {
  name: 'self-test',
  classes: 2,
  normalisation: { mean: 0, deviation: 1 },
  train: part,
  test: part,
}
const parameters = Float32Array.of(
  ...[0.5, -0.25, 1, -0.75, 0.5, 0.25, 0.1, -0.1, 0],
  ...[1, -0.5, 0.25, 0.75, -1, 0.5, 0.2, -0.2],
)
const expectedLoss = 0.8527135625
const expectedGradient = [
  ...[-0.466844498, 0, 0.466844498, -0.0933689, -0.077811182, -0.140064647, -0.466844498, -0.129685304, 0.077788586],
  ...[-0.140053349, 0.140053349, 0.051874122, -0.051874122, -0.287885558, 0.287885558, -0.051859058, 0.051859058],
]

/**
 * Checks a tiny gradient of an engine: weights and bias, through a ReLU. It is needed because an invalid shader returns
 * zeros and raises no error. Throws Error with the largest difference from the expected numbers, which are central
 * differences in float64.
 */
export async function selfTest(engine: Engine): Promise<void> {
  const workspace = await openWorkspace(engine, { model, dataset })
  const { gradient, loss } = await workspace.gradient(parameters, Uint32Array.of(0, 1))
  const worst = Math.max(
    Math.abs(loss - expectedLoss),
    ...expectedGradient.map((value, k) => Math.abs((gradient[k] as number) - value)),
  )
  if (!(worst < 1e-4)) throw new Error(`its self-test is off by ${worst}`)
}
