import { expect, test } from 'vitest'
import { openEngine } from '#learning/engines/open-engine.ts'
import { createTfjsWorkspace } from '#learning/engines/tfjs-engine.ts'
import { wasmFastEngine } from '#learning/engines/wasm-fast-engine.ts'
import { initialise } from '#learning/models/initialise.ts'
import { buildModel } from '#learning/models/registry.ts'
import { randomStream } from '#learning/random.ts'
import { createBatches } from '#learning/training/batches.ts'
import { nodeEngines } from '#node/compute/engine.ts'
import { loadDataset } from '#node/data/load.ts'
import { distanceFromWasm } from '../../learning/engines/fast-distance.ts'

test('tfjs-wasm and tfjs-cpu agree to 1e-5 after 20 steps, and leave no tensor behind', async () => {
  const dataset = await loadDataset('digits')
  const model = buildModel('mlp', 64, 10)
  const examples = Uint32Array.from({ length: dataset.train.count }, (_, i) => i)
  const results = []
  for (const name of ['tfjs-cpu', 'tfjs-wasm'] as const) {
    const engine = await openEngine(name, nodeEngines)
    expect(engine.report).toEqual({ engine: name, hardware: false })
    if (!('tf' in engine)) throw new Error(`${name} is an engine of TensorFlow.js`)
    const workspace = await createTfjsWorkspace(engine, { model, dataset })
    const before = engine.tf.memory().numTensors
    const batches = createBatches({ seed: 1, peer: 0, examples, batchSize: 32, order: 'shuffled' })
    const result = await workspace.descend(
      initialise(model, randomStream(1, 'initial')),
      new Float32Array(model.parameterCount),
      Array.from({ length: 20 }, () => batches.next()),
      { learningRate: 0.1, beta: 0.9, dampening: 0 },
    )
    const evaluation = await workspace.evaluate(result.parameters)
    expect(engine.tf.memory().numTensors).toBe(before)
    results.push({ ...result, evaluation })
  }
  const [cpu, wasm] = results
  if (!cpu || !wasm) throw new Error('two results')
  const worst = cpu.parameters.reduce(
    (most, value, k) => Math.max(most, Math.abs(value - (wasm.parameters[k] as number))),
    0,
  )
  expect(worst).toBeLessThan(1e-5)
  expect(worst).toBeGreaterThan(0)
  expect(wasm.loss).toBeCloseTo(cpu.loss, 5)
  expect(cpu.evaluation.accuracy).toBeGreaterThan(0.5)
  expect(Math.abs(wasm.evaluation.accuracy - cpu.evaluation.accuracy)).toBeLessThan(0.01)
})

test('auto finds an engine here and names those that it skipped', async () => {
  const { report } = await openEngine('auto', nodeEngines)
  if (report.engine === 'tfjs-webgpu') expect(report.hardware).toBe(true)
  else
    expect(report).toEqual({
      engine: 'wasm',
      hardware: false,
      tile: expect.stringMatching(/^4 x (8|16)$/),
      fallback: expect.stringMatching(/^tfjs-webgpu: [^;]*$/),
    })
})

test('wasm-fast agrees with wasm up to the last bits, even if Node has relaxed SIMD behind a flag', async () => {
  const [major = 0, minor = 0] = process.versions.v8.split('.').map(Number)
  if (major < 11 || (major === 11 && minor < 4)) {
    await expect(openEngine('wasm-fast', [wasmFastEngine()])).rejects.toThrow(
      'no engine runs here (wasm-fast: no relaxed SIMD here; use engine: wasm)',
    )
  }
  const fast = await openEngine('wasm-fast', nodeEngines)
  expect(fast.report).toEqual({ engine: 'wasm-fast', hardware: false })
  expect(await distanceFromWasm(fast)).toBeLessThan(1e-5)
})

test('auto never takes wasm-fast', async () => {
  const fast = nodeEngines.filter(({ engine }) => engine === 'wasm-fast')
  expect(fast).toHaveLength(1)
  await expect(openEngine('auto', fast)).rejects.toThrow(/no engine/)
})
