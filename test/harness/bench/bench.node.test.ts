import { expect, test } from 'vitest'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { benchAggregation, benchInput, readOnce } from '#harness/bench/aggregation.ts'
import { interleaved } from '#harness/bench/interleaved.ts'
import { benchTraining } from '#harness/bench/training.ts'
import { wasmEngine } from '#learning/engines/wasm-engine.ts'

test('every rule and pre-aggregator of the registry is timed, or has a reason', async () => {
  const seen: string[] = []
  const { readMs, methods } = await benchAggregation({ n: 11, d: 40, f: 2 }, 1, (name) => seen.push(name))
  expect(methods).toHaveLength(rules.length + preAggregators.length)
  expect(methods.filter((method) => !('ms' in method))).toEqual([])
  expect(readMs).toBeGreaterThan(0)
  expect(seen).toHaveLength(methods.length + 1)
})

test('a rule that refuses n and f is listed with its refusal', async () => {
  const { methods } = await benchAggregation({ n: 6, d: 5, f: 2 }, 1, () => undefined)
  expect(methods.find(({ name }) => name === 'bulyan')).toEqual({
    name: 'bulyan',
    refusal: 'bulyan needs n >= 4f + 3, got n=6, f=2',
  })
})

test('rounds are interleaved, and a slow subject runs once', async () => {
  const order: string[] = []
  const slow = (): void => {
    const end = performance.now() + 3
    while (performance.now() < end);
  }
  await interleaved([{ name: 'a', run: () => 0 }, { name: 'b', run: slow }, { name: 'c' }], 2, 2, (name) =>
    order.push(name),
  )
  expect(order.slice(0, 2)).toEqual(['a', 'b'])
  expect(order.filter((name) => name === 'b')).toHaveLength(1)
})

test('a read of the input passes every byte', () => {
  const { vectors } = benchInput({ n: 3, d: 50, f: 0 }, false)
  readOnce(vectors)
  new Uint8Array((vectors[2] as Float32Array).buffer)[199] = 255
  expect(() => readOnce(vectors)).toThrow('a byte of 255')
})

test('a task is timed on every available engine, and the others have a reason', async () => {
  const absent = { engine: 'tfjs-webgpu', open: () => Promise.reject(new Error('no adapter')) } as const
  const seen: string[] = []
  const { engines, tasks } = await benchTraining(
    [absent, wasmEngine()],
    2,
    (task, engine) => seen.push(`${task}, ${engine}`),
    [
      { model: 'softmax-regression', batchSize: 32, steps: 2, repeats: 1 },
      { model: 'mlp', steps: 1, repeats: 1 },
    ],
  )
  expect(engines).toEqual([
    { engine: 'tfjs-webgpu', refusal: 'no adapter' },
    { engine: 'wasm', hardware: false, tile: '4 x 8' },
  ])
  expect(tasks).toEqual([
    {
      model: 'softmax-regression',
      batchSize: 32,
      parameters: 7850,
      engines: [{ name: 'wasm', ms: expect.any(Number) }],
    },
    { model: 'mlp', parameters: 79_510, engines: [{ name: 'wasm', ms: expect.any(Number) }] },
  ])
  expect(tasks.every(({ engines: [timing] }) => timing && 'ms' in timing && timing.ms > 0)).toBe(true)
  expect(seen).toContain('mlp, evaluation of 10000 images, wasm')
})
