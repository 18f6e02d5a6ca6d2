import { expect, test } from 'vitest'
import { extreme } from '#learning/partitions/extreme.ts'
import { gammaSimilarity } from '#learning/partitions/gamma-similarity.ts'
import { randomStream } from '#learning/random.ts'
import vectors from '../../vectors/partition.json' with { type: 'json' }

const labels = Uint8Array.from(vectors.labels)
const ascending = (indices: Iterable<number>) => [...indices].sort((a, b) => a - b)

for (const [count, parts] of Object.entries(vectors.extreme_niid)) {
  test(`extreme gives ${count} peers the parts that ByzFL's extreme_niid gives them`, () => {
    const shards = extreme.assign({ name: 'extreme' }, labels, Number(count), randomStream(1, 'partition'))
    expect(shards.map((shard) => [...shard])).toEqual(parts.map(ascending))
  })

  test(`gamma-similarity of 0 gives ${count} peers the same parts`, () => {
    const config = { name: 'gamma-similarity', gamma: 0 }
    const shards = gammaSimilarity.assign(config, labels, Number(count), randomStream(1, 'partition'))
    expect(shards.map((shard) => [...shard])).toEqual(parts.map(ascending))
  })
}
