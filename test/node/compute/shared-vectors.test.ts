import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { wasmEngine } from '#learning/engines/wasm-engine.ts'
import { createSharedVectors } from '#node/compute/shared-vectors.ts'
import { loadDataset } from '#node/data/load.ts'
import type { ComputeConfig, ComputeReply } from '#protocol/compute/calls.ts'
import { createCompute } from '#protocol/compute/compute.ts'
import { type ComputePort, createComputeClient, type SharedVectors } from '#protocol/compute/compute-client.ts'

test('vectors without a holder make room for others', async () => {
  const shared = createSharedVectors()
  const kept = shared.allocate(1000)
  kept.fill(3)
  const buffers = new Set<ArrayBufferLike>()
  // Three gigabytes in total; pages that are never written cost nothing.
  for (let round = 0; round < 300; round++) {
    for (let i = 0; i < 10; i++) buffers.add(shared.allocate(2 ** 18).buffer)
    await setImmediate()
  }
  expect(buffers.size * 16).toBeLessThan(1200)
  expect(kept.every((value) => value === 3)).toBe(true)
})

test('vectors of one length never overlap while they are held', () => {
  const shared = createSharedVectors()
  const vectors = Array.from({ length: 50 }, (_, i) => shared.allocate(1001).fill(i))
  expect(vectors.every((vector, i) => vector.length === 1001 && vector.every((value) => value === i))).toBe(true)
})

/** The dispatcher without a thread, with structured clones like those of a worker. */
function portWithout(threads: ReturnType<typeof createCompute>): ComputePort {
  let tell: (replies: readonly ComputeReply[]) => void = () => {}
  return {
    post: (requests) =>
      void threads.handle(structuredClone(requests)).then(({ replies }) => tell(structuredClone(replies))),
    listen: ({ reply }) => {
      tell = reply
    },
    terminate: async () => {},
  }
}

test('in shared memory every call has the same result, bit for bit, and changes no vector but the momentum', async () => {
  const setup: ComputeConfig = {
    model: 'softmax-regression',
    dataset: await loadDataset('digits'),
    engine: 'wasm',
    aggregation: { name: 'median', before: [] },
  }
  const d = 650
  const batch = Uint32Array.from({ length: 20 }, (_, k) => 3 * k)
  const run = async (shared?: SharedVectors) => {
    const compute = createCompute(() => wasmEngine().open({ software: true }))
    const client = await createComputeClient([portWithout(compute)], setup, shared)
    const x = new Float32Array(d).fill(0.01)
    const zero = new Float32Array(d)
    const options = { learningRate: 0.1, beta: 0.9, dampening: 0 }
    const first = await client.descend(x, zero, [batch, batch], options)
    const momentum = first.momentum.slice()
    const second = await client.descend(first.parameters, first.momentum, [batch], options)
    const { gradient } = await client.gradient(second.parameters, batch)
    const { output } = await client.aggregate({
      vectors: [first.parameters, second.parameters, x],
      own: 0,
      weights: [1 / 3, 1 / 3, 1 / 3],
      round: 0,
      rounds: 1,
    })
    expect([...x, ...zero]).toEqual([...new Float32Array(d).fill(0.01), ...new Float32Array(d)])
    const results = [first.parameters, momentum, second.parameters, second.momentum, gradient, output]
    if (shared) expect(results.filter(({ buffer }) => buffer instanceof SharedArrayBuffer)).toHaveLength(5)
    return [...results.map((vector) => [...vector]), await client.evaluate(output)]
  }
  expect(await run(createSharedVectors())).toEqual(await run())
})
