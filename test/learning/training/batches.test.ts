import { expect, test } from 'vitest'
import { type BatchOptions, createBatches } from '#learning/training/batches.ts'

const options: BatchOptions = {
  seed: 1,
  peer: 2,
  examples: Uint32Array.of(10, 20, 30, 40, 50, 60, 70),
  batchSize: 3,
  order: 'shuffled',
}
const take = (count: number, changes: Partial<BatchOptions> = {}) => {
  const batches = createBatches({ ...options, ...changes })
  return Array.from({ length: count }, () => [...batches.next()])
}

test('a shuffled pass consists of full batches without repeated examples', () => {
  for (const [first, second] of [take(2), take(4).slice(2)]) {
    const seen = [...(first ?? []), ...(second ?? [])]
    expect(new Set(seen).size).toBe(6)
    expect(seen.every((example) => options.examples.includes(example))).toBe(true)
  }
})

test('each pass has its own order, and the same seed and peer give the same orders', () => {
  const batches = take(6)
  expect(batches.slice(0, 2)).not.toEqual(batches.slice(2, 4))
  expect(take(6)).toEqual(batches)
  expect(take(6, { peer: 3 })).not.toEqual(batches)
  expect(take(6, { seed: 2 })).not.toEqual(batches)
})

test('every example comes eventually', () => {
  expect(new Set(take(40).flat()).size).toBe(7)
})

test('a shard smaller than a batch is one batch', () => {
  for (const batch of take(5, { batchSize: 100 })) {
    expect(batch.sort((a, b) => a - b)).toEqual([...options.examples])
  }
})

test('a fixed cycle repeats the same batches, the last one short', () => {
  expect(take(4, { order: 'fixed-cycle' })).toEqual([[10, 20, 30], [40, 50, 60], [70], [10, 20, 30]])
})

test('a fixed cycle that divides evenly has no empty batch', () => {
  expect(take(3, { order: 'fixed-cycle', batchSize: 7 })).toEqual(new Array(3).fill([...options.examples]))
})

test('an empty shard and a batch size of 0 are refused', () => {
  expect(() => take(1, { examples: new Uint32Array() })).toThrow(/peer 2 has no examples/)
  expect(() => take(1, { batchSize: 0 })).toThrow(RangeError)
})
