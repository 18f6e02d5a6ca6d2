import fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelCounts } from '#learning/partitions/label-counts.ts'
import { partitions } from '#learning/partitions/registry.ts'
import { randomStream } from '#learning/random.ts'

const labels = (count: number) => Uint8Array.from({ length: count }, (_, i) => i % 10)
const variants = [
  { name: 'iid' },
  ...[0.001, 0.1, 1, 100, 1e6].map((alpha) => ({ name: 'dirichlet', alpha })),
  { name: 'shards' },
  ...[0, 0.3, 0.5, 1].map((gamma) => ({ name: 'gamma-similarity', gamma })),
  { name: 'extreme' },
  ...[0.01, 1, 1e6].map((alpha) => ({ name: 'quantity-skew', alpha })),
] as const

function assign(
  config: { readonly name: string; readonly [parameter: string]: unknown },
  count: number,
  n: number,
  seed = 1,
): Uint32Array[] {
  const partition = partitions.find(({ name }) => name === config.name)
  if (!partition) throw new Error(`no partition ${config.name}`)
  return partition.assign(config, labels(count), n, randomStream(seed, 'partition'))
}

test('every partition in the registry is checked here', () => {
  expect(new Set(variants.map(({ name }) => name))).toEqual(new Set(partitions.map(({ name }) => name)))
})

for (const config of variants) {
  test(`${JSON.stringify(config)} gives disjoint, ascending, non-empty shards that cover all examples`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 20, max: 300 }), fc.nat(), (n, count, seed) => {
        const shards = assign(config, count, n, seed)
        expect(shards.length).toBe(n)
        expect(Math.min(...shards.map((shard) => shard.length))).toBeGreaterThan(0)
        const all = shards.flatMap((shard) => [...shard]).sort((a, b) => a - b)
        expect(all).toEqual(Array.from({ length: count }, (_, i) => i))
        for (const shard of shards) expect([...shard]).toEqual([...shard].sort((a, b) => a - b))
      }),
      { numRuns: 30 },
    )
  })

  test(`${JSON.stringify(config)} refuses more peers than examples`, () => {
    expect(() => assign(config, 3, 4)).toThrow(RangeError)
  })
}

test('iid shards differ in size by at most one', () => {
  const sizes = assign({ name: 'iid' }, 103, 10, 1).map((shard) => shard.length)
  expect(Math.max(...sizes) - Math.min(...sizes)).toBe(1)
})

test('a small alpha gives a peer few classes, a large one a tenth of each', () => {
  const classesOf = (alpha: number) => {
    const shards = assign({ name: 'dirichlet', alpha }, 1000, 10, 1)
    return shards.map((shard) => new Set([...shard].map((index) => index % 10)).size)
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  expect(mean(classesOf(0.01))).toBeLessThan(3)
  expect(classesOf(1e6)).toEqual(new Array(10).fill(10))
  const sizes = assign({ name: 'dirichlet', alpha: 1e6 }, 1000, 10, 1).map((shard) => shard.length)
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(5)
})

const labelsOf = (shard: Uint32Array) => new Set([...shard].map((index) => index % 10))
const sizesOf = (shards: readonly Uint32Array[]) => shards.map((shard) => shard.length)

test('ten peers of an extreme partition of ten balanced classes hold one class each', () => {
  const shards = assign({ name: 'extreme' }, 200, 10)
  expect(shards.map((shard) => [...labelsOf(shard)])).toEqual(Array.from({ length: 10 }, (_, label) => [label]))
})

test('gamma 1 splits everything at random, gamma 0 is extreme, and between them the first examples are spread', () => {
  expect(assign({ name: 'gamma-similarity', gamma: 0 }, 103, 7)).toEqual(assign({ name: 'extreme' }, 103, 7))
  expect(assign({ name: 'gamma-similarity', gamma: 1 }, 103, 7)).toEqual(assign({ name: 'iid' }, 103, 7))
  const half = assign({ name: 'gamma-similarity', gamma: 0.5 }, 400, 10)
  for (const [peer, shard] of half.entries()) {
    expect(shard.filter((index) => index < 200)).toHaveLength(20)
    expect(labelsOf(shard.filter((index) => index >= 200))).toEqual(new Set([peer]))
  }
})

test('gamma-similarity refuses more peers than each part has examples', () => {
  expect(() => assign({ name: 'gamma-similarity', gamma: 0.5 }, 6, 4)).toThrow(/3 are iid, 3 are sorted/)
  expect(sizesOf(assign({ name: 'gamma-similarity', gamma: 0.5 }, 8, 4))).toEqual([2, 2, 2, 2])
})

test('two shards give a peer at most two classes, and another seed gives other shards', () => {
  const shards = assign({ name: 'shards', perPeer: 2 }, 1000, 10)
  expect(sizesOf(shards)).toEqual(new Array(10).fill(100))
  for (const shard of shards) expect(labelsOf(shard).size).toBeLessThanOrEqual(2)
  expect(assign({ name: 'shards', perPeer: 2 }, 1000, 10, 2)).not.toEqual(shards)
  expect(assign({ name: 'shards' }, 1000, 10)).toEqual(shards)
})

test('more shards than examples are refused, with both numbers', () => {
  expect(() => assign({ name: 'shards', perPeer: 3 }, 20, 7)).toThrow(/each of 7 x 3 shards, got 20 examples/)
})

test('quantity-skew gives very unequal sizes for a small alpha, nearly equal ones for a large alpha, and all classes', () => {
  const skewed = sizesOf(assign({ name: 'quantity-skew', alpha: 0.1 }, 1000, 10))
  expect(Math.max(...skewed)).toBeGreaterThan(300)
  const even = assign({ name: 'quantity-skew', alpha: 1e6 }, 1000, 10)
  expect(Math.max(...sizesOf(even)) - Math.min(...sizesOf(even))).toBeLessThan(5)
  for (const shard of even) expect(labelsOf(shard).size).toBe(10)
})

test('label counts are the number of examples of each class in a shard', () => {
  const shards = [Uint32Array.of(0, 2, 3), Uint32Array.of(1)]
  expect(labelCounts(shards, Uint8Array.of(2, 0, 2, 1), 3)).toEqual([
    [0, 1, 2],
    [1, 0, 0],
  ])
  expect(() => labelCounts([Uint32Array.of(4)], Uint8Array.of(2, 0, 2, 1), 3)).toThrow(/example 4 has no label below 3/)
  expect(() => labelCounts(shards, Uint8Array.of(2, 0, 2, 1), 2)).toThrow(RangeError)
})
