import { type Experiment, experimentSchema } from '#protocol/experiment/schema.ts'
import { randomDataset } from '../../learning/engines/engine-fixtures.ts'

/** Forty random images per peer, drawn from keyed streams: the same bytes in Node and in every browser. */
export const dataset = randomDataset(240, [12, 12, 1], 5)

/** A run of the wasm engine with Byzantine peers, losses, momentum and a coordinate-wise rule. */
export function experimentOf(changes: Record<string, unknown> = {}): Experiment {
  return experimentSchema.parse({
    name: 'engine-run',
    peers: { honest: 5, byzantine: 1, placement: [2] },
    topology: { name: 'ring', neighbours: 4 },
    learning: {
      dataset: 'digits',
      model: 'mlp',
      engine: 'wasm',
      batchSize: 8,
      learningRate: 0.1,
      localSteps: 2,
      momentum: { beta: 0.9 },
      partition: { name: 'dirichlet', alpha: 1 },
      augmentation: { crop: 1, flip: true },
    },
    aggregation: { name: 'trimmed-mean', f: 1, before: [{ name: 'nnm', f: 1 }] },
    attack: { name: 'sign-flip' },
    faults: { drop: 0.1, delayMs: 50 },
    rounds: { count: 6, deadlineMs: 500, evaluateEvery: 2 },
    ...changes,
  })
}

/** The expected results in every runtime. */
export const transcript = 'e4bb8b1cd0e6fc0c756be0f5925c1d87ca9e11d18205dd11bbff0d3faa21baef'
