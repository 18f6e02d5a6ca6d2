import { exactlyClipped, exactNorm } from '../exact/rows.ts'
import { normsOf } from '../math/norms.ts'
import { definePreAggregator, tolerance } from '../rule.ts'
import { clipped } from './clipping.ts'

/**
 * Adaptive robust clipping: clip the k = floor(2 (f / n) (n - f)) longest vectors to the norm of the next longest, the
 * (n - k)-th in ascending order.
 *
 * Allouah et al. 2025, https://arxiv.org/abs/2405.14432. Holds for n > 2f.
 * Choices: k is the floor of the exact fraction. Norms depend on the origin: meant for gradients. Influence counts a
 * clipped vector with its clipping factor. O(n d) time, O(n d) memory.
 */
export const arc = definePreAggregator({
  name: 'arc',
  summary: 'Shortens the longest vectors to the norm of the longest unclipped one',
  reference: 'https://arxiv.org/abs/2405.14432',
  parameters: { f: tolerance },
  cost: 'n d',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  transform({ vectors, own }, { f }) {
    const n = vectors.length
    const norms = normsOf(vectors)
    const count = Math.floor((2 * f * (n - f)) / n)
    const radius = [...norms].sort((a, b) => a - b)[n - count - 1] as number
    return clipped(vectors, own, norms, radius)
  },
  exact({ rows, own }, { f }) {
    const n = rows.length
    const norms = rows.map(exactNorm).sort((a, b) => a - b)
    const radius = norms[n - Math.floor((2 * f * (n - f)) / n) - 1] as number
    return { rows: rows.map((row) => exactlyClipped(row, radius)), own }
  },
  conformance: [
    {
      rule: { name: 'trimmed-mean', before: [{ name: 'nnm' }] },
      exceptions: { translation: 'norms are measured from the origin' },
    },
  ],
})
