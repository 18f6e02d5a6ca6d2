import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { buildModel } from '#learning/models/registry.ts'
import { createComputePool } from '#node/compute/pool.ts'
import { loadDataset } from '#node/data/load.ts'
import { packageFolder } from '#node/data/package-folder.ts'
import type { ComputeConfig } from '#protocol/compute/calls.ts'

const worker = join(packageFolder(), 'dist', 'node', 'compute', 'worker.js')
const workerUrl = pathToFileURL(worker)
const model = buildModel('softmax-regression', 64, 10)
let setup: ComputeConfig

beforeAll(async () => {
  if (!existsSync(worker)) throw new Error(`${worker} is not built: npm run build`)
  setup = {
    model: 'softmax-regression',
    dataset: await loadDataset('digits'),
    engine: 'wasm',
    aggregation: { name: 'average', before: [] },
  }
})

test('real threads train, evaluate and aggregate, and their number changes no bit', async () => {
  const x = new Float32Array(model.parameterCount)
  const descent = { learningRate: 0.1, beta: 0.9, dampening: 0 }
  const batchesOf = (peer: number) =>
    Array.from({ length: 30 }, (_, i) => Uint32Array.from({ length: 10 }, (_, k) => 300 * peer + 10 * i + k))
  const run = async (size: number) => {
    const pool = await createComputePool({ size, workerUrl, setup })
    try {
      expect(pool.report.engine).toBe('wasm')
      const peers = await Promise.all([0, 1, 2, 3].map((peer) => pool.descend(x, x, batchesOf(peer), descent)))
      const vectors = peers.map(({ parameters }) => parameters)
      const input = { vectors, own: 0, weights: [0.25, 0.25, 0.25, 0.25], round: 0, rounds: 1 }
      const { output, influence } = await pool.aggregate(input)
      expect(influence).toEqual(input.weights)
      // Only copies were transferred: the vectors are still intact.
      expect(vectors.every((vector) => vector.length === model.parameterCount)).toBe(true)
      return { output, evaluation: await pool.evaluate(output) }
    } finally {
      await pool.close()
    }
  }
  const alone = await run(1)
  expect(alone.evaluation.accuracy).toBeGreaterThan(0.5)
  expect(await run(2)).toEqual(alone)
})

test('a wrong call rejects, and the pool goes on', async () => {
  const pool = await createComputePool({ size: 1, workerUrl, setup })
  try {
    const x = new Float32Array(model.parameterCount)
    await expect(pool.gradient(x, Uint32Array.of(5000))).rejects.toThrow(/got 5000/)
    await expect(pool.gradient(x.subarray(1), Uint32Array.of(0))).rejects.toBeInstanceOf(RangeError)
    expect((await pool.evaluate(x)).loss).toBeCloseTo(Math.log(10), 6)
  } finally {
    await pool.close()
  }
  await expect(pool.evaluate(new Float32Array(model.parameterCount))).rejects.toMatchObject({ code: 'compute-crashed' })
})

test('an engine that does not exist here is an error with a code', async () => {
  const wish = { ...setup, engine: 'tfjs-abacus' as 'auto' }
  await expect(createComputePool({ size: 2, workerUrl, setup: wish })).rejects.toMatchObject({
    code: 'engine-unavailable',
  })
})

test('a worker that is not there rejects with its name', async () => {
  const nowhere = new URL('./nowhere.js', workerUrl)
  await expect(createComputePool({ size: 1, workerUrl: nowhere, setup })).rejects.toThrow(/nowhere\.js/)
})

test('the program of a rule ends with its pool, even one that outlives its stdin', async () => {
  const script = `setInterval(() => {}, 1000)
    require('node:readline').createInterface({ input: process.stdin })
      .on('line', () => console.log(JSON.stringify({ output: [process.pid] })))`
  const aggregation = {
    name: 'command',
    command: [process.execPath, '-e', script],
    f: 0,
    timeoutMs: 10_000,
    parameters: {},
    before: [],
  }
  const pool = await createComputePool({ size: 2, workerUrl, setup: { ...setup, aggregation } })
  const input = { vectors: [Float32Array.of(1)], own: 0, weights: [1], round: 0, rounds: 1 }
  const { output } = await pool.aggregate(input)
  const pid = output[0] as number
  expect(process.kill(pid, 0)).toBe(true)
  await pool.close()
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})
