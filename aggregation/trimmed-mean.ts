import { z } from 'zod'
import { createColumn, meanAroundMedian, sortCoordinate } from './order-statistics.ts'
import { defineRule, tolerance } from './rule.ts'

/**
 * Coordinate-wise trimmed mean. n counts the peer's own vector.
 *
 * `symmetric`: drop the f largest and f smallest values of each coordinate, average the n - 2f that remain.
 * Yin et al. 2018, https://arxiv.org/abs/1803.01498, Definition 2 (beta = f / n).
 * `around-median`: average the `keep` values nearest the median. `n-2f` is the variant that the LIE paper considers
 * (Baruch et al. 2019, https://arxiv.org/abs/1902.06156, section 2), `n-f-1` what its authors' code computes.
 * Choices: mixing weights are not used; ties go to the lowest index; symmetric sums run in ascending order.
 * Influence is the share of the kept values. O(n d) in practice, O(n) extra memory.
 */
export const trimmedMean = defineRule({
  name: 'trimmed-mean',
  summary: 'Mean without the f largest and f smallest values of each coordinate',
  reference: 'https://arxiv.org/abs/1803.01498',
  parameters: {
    f: tolerance,
    variant: z
      .enum(['symmetric', 'around-median'])
      .default('symmetric')
      .describe('Drop f values at each end (Yin et al.), or keep those nearest the median (the LIE paper)'),
    keep: z
      .enum(['n-2f', 'n-f-1'])
      .default('n-2f')
      .describe("With around-median, how many values stay: n-2f (the LIE paper) or n-f-1 (its authors' code)"),
  },
  cost: 'n log n d',
  requires: 'n > 2f',
  minimum: ({ f }) => 2 * f + 1,
  aggregate({ vectors }, { f, variant, keep }) {
    const n = vectors.length
    if (variant === 'around-median')
      return meanAroundMedian(vectors, keep === 'n-2f' ? n - 2 * f : Math.max(1, n - f - 1))
    const d = vectors[0]?.length ?? 0
    const column = createColumn(n)
    const output = new Float32Array(d)
    const kept = new Float64Array(n)
    for (let k = 0; k < d; k++) {
      sortCoordinate(column, vectors, k)
      let sum = 0
      for (let rank = f; rank < n - f; rank++) {
        const i = column.order[rank] as number
        sum += column.values[rank] as number
        kept[i] = (kept[i] as number) + 1
      }
      output[k] = sum / (n - 2 * f)
    }
    return { output, influence: Array.from(kept, (count) => count / ((n - 2 * f) * d)) }
  },
})
