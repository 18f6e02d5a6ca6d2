import { distancesToPoint } from '../math/combination.ts'
import { distancesOf } from '../math/distances.ts'
import { equalShares, meanOf } from '../math/mean.ts'
import { defineRule, tolerance } from '../rule.ts'

/**
 * FABA: drop the vector farthest from the mean of those that remain, f times. The output is the mean of the rest.
 *
 * Xia et al. 2019, https://www.ijcai.org/proceedings/2019/670, Algorithm 1. Holds for n > 2f.
 * Choices: among equally distant vectors the one with the lowest index stays. Mixing weights are not used. Distances to
 * means come from the matrix of squared distances. O(n^2 d + f n^2) time, O(n^2 + d) memory.
 */
export const faba = defineRule({
  name: 'faba',
  summary: 'Drops the vector farthest from the mean, f times, and returns the mean of the rest',
  reference: 'https://www.ijcai.org/proceedings/2019/670',
  parameters: { f: tolerance },
  cost: 'n^2 d',
  requires: 'n > 2f',
  anonymous: true,
  minimum: ({ f }) => 2 * f + 1,
  aggregate(input, { f }) {
    const { vectors } = input
    const n = vectors.length
    const rest = withoutFarthest(
      distancesOf(input),
      n,
      f,
      vectors.map(() => 1),
    )
    return { output: meanOf(vectors, rest), influence: equalShares(n, rest) }
  },
})

/**
 * Drops `count` of n vectors, one at a time: the one farthest from the weighted mean of those left. Returns the indices
 * of the others, ascending. `distances` are squared (n x n); `spared` is never dropped. O(count n^2).
 */
export function withoutFarthest(
  distances: Float64Array,
  n: number,
  count: number,
  weights: readonly number[],
  spared?: number,
): number[] {
  let rest = Array.from({ length: n }, (_, i) => i)
  for (let turn = 0; turn < count; turn++) {
    const total = rest.reduce((sum, i) => sum + (weights[i] as number), 0)
    const shares = new Array<number>(n).fill(0)
    for (const i of rest) shares[i] = total > 0 ? (weights[i] as number) / total : 1 / rest.length
    const toMean = distancesToPoint(distances, n, shares)
    let farthest = -1
    for (const i of rest) {
      if (i === spared) continue
      if (farthest < 0 || (toMean[i] as number) >= (toMean[farthest] as number)) farthest = i
    }
    rest = rest.filter((i) => i !== farthest)
  }
  return rest
}
