import * as z from 'zod'
import { exactlyClipped } from '../exact/rows.ts'
import { clippingFactor, normsOf, scaled } from '../math/norms.ts'
import { definePreAggregator, type PreAggregated } from '../rule.ts'

/**
 * Static clipping: x min(1, radius / |x|), so that no vector is longer than `radius`.
 *
 * Allouah et al. 2025, https://arxiv.org/abs/2405.14432.
 * Choices: the default radius is ByzFL's. Norms depend on the origin: meant for gradients. Influence counts a clipped
 * vector with its clipping factor. O(n d) time, O(n d) memory.
 */
export const clipping = definePreAggregator({
  name: 'clipping',
  summary: 'Shortens vectors to a fixed norm',
  reference: 'https://arxiv.org/abs/2405.14432',
  parameters: { radius: z.number().positive().default(2).describe('Maximum norm; longer vectors are shortened to it') },
  cost: 'n d',
  requires: 'n >= 1',
  minimum: () => 1,
  transform: ({ vectors, own }, { radius }) => clipped(vectors, own, normsOf(vectors), radius),
  exact: ({ rows, own }, { radius }) => ({ rows: rows.map((row) => exactlyClipped(row, radius)), own }),
  conformance: [
    {
      config: { radius: 100 },
      exceptions: {
        scale: 'a fixed radius does not grow with the vectors',
        translation: 'norms are measured from the origin',
        unanimity: 'a common vector is shortened too',
      },
    },
  ],
})

/** Clips every vector (n x d) to a norm of at most `radius`. */
export function clipped(
  vectors: readonly Float32Array[],
  own: number,
  norms: readonly number[],
  radius: number,
): PreAggregated {
  const factors = norms.map((norm) => clippingFactor(norm, radius))
  return {
    vectors: vectors.map((vector, i) => scaled(vector, factors[i] as number)),
    mixing: factors.map((factor, i) => factors.map((_, j) => (i === j ? factor : 0))),
    own,
  }
}
