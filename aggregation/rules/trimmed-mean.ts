import * as z from 'zod'
import { exactMeanAroundMedian, exactMeanOfRanks } from '../exact/order-statistics.ts'
import { boundAroundMedian, boundOfTrimmedMean } from '../math/bounds.ts'
import { meanAroundMedian, meanOfRanks } from '../math/order-statistics.ts'
import { defineRule, tolerance } from '../rule.ts'

/**
 * Coordinate-wise trimmed mean. n counts the peer's own vector.
 *
 * `symmetric`: drop the f largest and f smallest values of each coordinate, average the n - 2f that remain. Yin et al.
 * 2018, https://arxiv.org/abs/1803.01498, Definition 2 (beta = f / n).
 * `around-median`: average the `keep` values nearest the median. `n-2f` is the variant in the LIE paper (Baruch et al.
 * 2019, https://arxiv.org/abs/1902.06156, section 2), `n-f-1` the one in its authors' code.
 * Choices: mixing weights are not used. Ties go to the lowest index. Sums run in ascending order. Influence is the
 * share of kept values, counted on at most 256 evenly spread coordinates. O(n log^2 n d) time, memory for one tile.
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
  cost: 'n log² n d',
  requires: 'n > 2f',
  anonymous: true,
  minimum: ({ f }) => 2 * f + 1,
  check(_, { variant, keep }) {
    if (variant === 'symmetric' && keep !== 'n-2f') {
      throw new RangeError(
        `trimmed-mean keeps n-2f values with variant: symmetric; keep: ${keep} needs variant: around-median`,
      )
    }
  },
  aggregate({ vectors }, { f, variant, keep }) {
    const n = vectors.length
    if (variant === 'around-median')
      return meanAroundMedian(vectors, keep === 'n-2f' ? n - 2 * f : Math.max(1, n - f - 1))
    return meanOfRanks(vectors, f, n - f - 1)
  },
  exact({ rows }, { f, variant, keep }) {
    const n = rows.length
    if (variant === 'symmetric') return exactMeanOfRanks(rows, f, n - f - 1)
    return exactMeanAroundMedian(rows, keep === 'n-2f' ? n - 2 * f : Math.max(1, n - f - 1))
  },
  conformance: [
    { kappa: boundOfTrimmedMean },
    ...(['n-2f', 'n-f-1'] as const).map((keep) => ({
      title: `around the median, keeping ${keep}`,
      config: { variant: 'around-median', keep } as const,
      kappa: boundAroundMedian,
    })),
  ],
})
