import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partitions } from '#learning/partitions/registry.ts'
import { randomStream } from '#learning/random.ts'

const labels = (count: number) => Uint8Array.from({ length: count }, (_, i) => i % 10)
const variants = [{ name: 'iid' }, ...[0.001, 0.1, 1, 100, 1e6].map((alpha) => ({ name: 'dirichlet', alpha }))] as const

function assign(config: { readonly name: string }, count: number, n: number, seed: number): Uint32Array[] {
  const partition = partitions.find(({ name }) => name === config.name)
  if (!partition) throw new Error(`no partition ${config.name}`)
  return partition.assign(config, labels(count), n, randomStream(seed, 'partition'))
}

test('every partition in the registry is checked here', () => {
  expect(new Set(variants.map(({ name }) => name))).toEqual(new Set(partitions.map(({ name }) => name)))
})

for (const config of variants) {
  test(`${JSON.stringify(config)} gives disjoint shards, together everything, none empty, each ascending`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 20, max: 300 }), fc.nat(), (n, count, seed) => {
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
    expect(() => assign(config, 3, 4, 1)).toThrow(RangeError)
  })
}

test('iid shards differ in size by one at most', () => {
  const sizes = assign({ name: 'iid' }, 103, 10, 1).map((shard) => shard.length)
  expect(Math.max(...sizes) - Math.min(...sizes)).toBe(1)
})

test('a small alpha gives a peer few classes, a large one its tenth of each', () => {
  const classesOf = (alpha: number) => {
    const shards = assign({ name: 'dirichlet', alpha } as { name: string }, 1000, 10, 1)
    return shards.map((shard) => new Set([...shard].map((index) => index % 10)).size)
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  expect(mean(classesOf(0.01))).toBeLessThan(3)
  expect(classesOf(1e6)).toEqual(new Array(10).fill(10))
  const sizes = assign({ name: 'dirichlet', alpha: 1e6 } as { name: string }, 1000, 10, 1).map((shard) => shard.length)
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(5)
})
