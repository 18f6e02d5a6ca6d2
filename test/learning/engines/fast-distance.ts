import { type Engine, openWorkspace } from '#learning/engines/open-workspace.ts'
import { createWasmWorkspace } from '#learning/engines/wasm-engine.ts'
import { initialise } from '#learning/models/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'
import { randomDataset } from './engine-fixtures.ts'

/** Distance of an engine from wasm after five steps of two networks: the largest difference over the largest parameter. */
export async function distanceFromWasm(engine: Engine): Promise<number> {
  let worst = 0
  for (const [name, shape] of [
    ['mlp', [28, 28, 1]],
    ['cnn', [32, 32, 3]],
  ] as const) {
    const model = buildModel(name, shape[0] * shape[1] * shape[2], 10)
    const subject = { model, dataset: randomDataset(80, shape, 10) }
    const start = initialise(model, randomStream(1, 'initial'))
    const batches = Array.from({ length: 5 }, (_, i) => Uint32Array.from({ length: 15 }, (_, k) => 15 * i + k))
    const descent = { learningRate: 0.05, beta: 0.9, dampening: 0 }
    const [ours, theirs] = await Promise.all(
      [createWasmWorkspace(subject), await openWorkspace(engine, subject)].map((workspace) =>
        workspace.descend(start, new Float32Array(start.length), batches, descent),
      ),
    )
    if (!ours || !theirs) throw new RangeError('two engines give two results')
    const scale = ours.parameters.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    ours.parameters.forEach((value, k) => {
      worst = Math.max(worst, Math.abs(value - (theirs.parameters[k] as number)) / scale)
    })
  }
  return worst
}
