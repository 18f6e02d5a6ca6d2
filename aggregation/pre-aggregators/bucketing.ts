import * as z from 'zod'
import { exactMean } from '../exact/rows.ts'
import { drawing, shuffled } from '../math/draw.ts'
import { equalShares, meanOf } from '../math/mean.ts'
import { definePreAggregator } from '../rule.ts'

/**
 * Bucketing: shuffle the vectors, cut the order into buckets of `size`, and pass on the ceil(n / size) bucket means. If
 * size does not divide n, the last bucket is smaller.
 *
 * Karimireddy, He, Jaggi 2022, https://arxiv.org/abs/2006.09365, Algorithm 1 (size 2). f Byzantine peers spoil at most
 * f of the ceil(n / size) buckets, so the rule behind it must tolerate f of ceil(n / size) vectors.
 * Choices: every vector is used once. `permutation` fixes the order: output bucket 0 holds the vectors at
 * permutation[0], permutation[1], ...; `identity` is the order of peer indices. O(n d) time, O(n d / size) memory.
 */
export const bucketing = definePreAggregator({
  name: 'bucketing',
  summary: 'Means of random buckets of vectors',
  reference: 'https://arxiv.org/abs/2006.09365',
  parameters: {
    size: z.int().min(1).default(2).describe('Vectors in one bucket'),
    permutation: z
      .union([z.literal('identity'), z.array(z.int().min(0)).min(1)])
      .optional()
      .describe('The order of the vectors (default: drawn for each peer and round)'),
  },
  cost: 'n d',
  requires: 'n >= 1',
  minimum: () => 1,
  outputs: (n, { size }) => Math.ceil(n / size),
  transform({ vectors, own, random }, { size, permutation }) {
    const n = vectors.length
    const order = permutationOf(permutation ?? shuffled(drawing('bucketing', random), n), n)
    const buckets = bucketsOf(order, size)
    return {
      vectors: buckets.map((bucket) => meanOf(vectors, bucket)),
      mixing: buckets.map((bucket) => equalShares(n, bucket)),
      own: buckets.findIndex((bucket) => bucket.includes(own)),
    }
  },
  draws: ({ permutation }) => permutation === undefined,
  exact({ rows, own }, { size, permutation = 'identity' }) {
    const buckets = bucketsOf(permutationOf(permutation, rows.length), size)
    return {
      rows: buckets.map((bucket) => exactMean(rows, bucket)),
      own: buckets.findIndex((bucket) => bucket.includes(own)),
    }
  },
  conformance: [
    { rule: { name: 'median' }, exceptions: { permutation: 'buckets depend on the order of the vectors' } },
  ],
})

/** Cuts an order of n vectors into ceil(n / size) buckets of indices. */
function bucketsOf(order: readonly number[], size: number): (readonly number[])[] {
  return Array.from({ length: Math.ceil(order.length / size) }, (_, b) => order.slice(b * size, (b + 1) * size))
}

/** The order of n vectors. Throws RangeError if it is no permutation of 0 to n - 1. */
export function permutationOf(permutation: 'identity' | readonly number[], n: number): readonly number[] {
  const order = permutation === 'identity' ? Array.from({ length: n }, (_, i) => i) : permutation
  if (order.length !== n || new Set(order).size !== n || order.some((i) => i >= n)) {
    throw new RangeError(`bucketing needs a permutation of 0 to ${n - 1}, got ${JSON.stringify(order)}`)
  }
  return order
}
