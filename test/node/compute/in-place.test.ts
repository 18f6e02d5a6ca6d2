import { expect, test } from 'vitest'
import type { PipelineConfig } from '#aggregation/pipeline.ts'
import { rules } from '#aggregation/registry.ts'
import type { AggregationOutput } from '#aggregation/rule.ts'
import { wasmEngine } from '#learning/engines/wasm-engine.ts'
import { createSharedVectors } from '#node/compute/shared-vectors.ts'
import { loadDataset } from '#node/data/load.ts'
import type { ComputeReply } from '#protocol/compute/calls.ts'
import { createCompute } from '#protocol/compute/compute.ts'
import { type ComputePort, createComputeClient, type SharedVectors } from '#protocol/compute/compute-client.ts'

const [n, f, d] = [11, 2, 8209]
const rows = Array.from({ length: n }, (_, i) =>
  Float32Array.from({ length: d }, (_, k) => Math.sin(i * 1.7 + k * 0.37) / (1 + ((i * k) % 7))),
)
const dataset = await loadDataset('digits')
const nnm = { name: 'nnm', f }

/** The dispatcher without a thread, with structured clones like those of a worker. */
function port(): ComputePort {
  const compute = createCompute(() => wasmEngine().open({ software: true }))
  let tell: (replies: readonly ComputeReply[]) => void = () => {}
  return {
    post: (requests) =>
      void compute.handle(structuredClone(requests)).then(({ replies }) => tell(structuredClone(replies))),
    listen: ({ reply }) => {
      tell = reply
    },
    terminate: async () => {},
  }
}

/** Two rounds of a rule, the second with the state of the first and the first's output among the vectors. */
async function twoRounds(aggregation: PipelineConfig, shared?: SharedVectors) {
  const setup = {
    model: 'softmax-regression',
    dataset,
    engine: 'wasm',
    aggregation,
  } as const
  const client = await createComputeClient([port()], setup, shared)
  const each = rows.map(() => 1 / n)
  const draw = { seed: 1, peer: 0, round: 0 }
  const input = { own: 0, weights: each, losses: each, rounds: 2, draw }
  const first = await client.aggregate({ ...input, vectors: rows, round: 0 })
  const kept = [first.output, first.state].map(bitsOf)
  const memory = first.state ? { state: first.state } : {}
  const second = await client.aggregate({ ...input, vectors: [first.output, ...rows.slice(1)], round: 1, ...memory })
  expect([first.output, first.state].map(bitsOf)).toEqual(kept)
  return [first, second]
}

/** Bytes as text, which compares faster than numbers. */
function bitsOf(vector: Float32Array | undefined): string | undefined {
  return vector && Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('latin1')
}

function bits({ output, influence, state }: AggregationOutput) {
  return { output: bitsOf(output), influence, state: bitsOf(state) }
}

test('every rule gives the same bits on vectors in shared memory, and changes none of its inputs', async () => {
  const before = rows.map(bitsOf)
  const configs = rules.map((rule) => ('f' in rule.config.shape ? { name: rule.name, f } : { name: rule.name }))
  const behind = ['krum', 'trimmed-mean', 'geometric-median', 'centered-clipping']
  const pipelines: PipelineConfig[] = [
    ...configs,
    ...configs.filter(({ name }) => behind.includes(name)).map((config) => ({ ...config, before: [nnm] })),
    { name: 'krum', f: 0, before: [nnm, nnm] },
  ]
  // Ordinary arrays first: after the first setup with shared memory, this thread's kernels work there.
  const apart = []
  for (const pipeline of pipelines) apart.push((await twoRounds(pipeline)).map(bits))
  for (const [i, pipeline] of pipelines.entries()) {
    const together = await twoRounds(pipeline, createSharedVectors())
    expect(together.map(({ output }) => output.buffer instanceof ArrayBuffer)).toEqual([false, false])
    expect({ pipeline, together: together.map(bits) }).toEqual({ pipeline, together: apart[i] })
  }
  expect(rows.map(bitsOf)).toEqual(before)
})
