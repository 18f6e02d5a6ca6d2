import { exactDistances, exactMean } from '../exact/rows.ts'
import { boundOfSmea } from '../math/bounds.ts'
import { distancesToPoint } from '../math/combination.ts'
import { distancesOf } from '../math/distances.ts'
import { equalShares, meanOf } from '../math/mean.ts'
import { centredGram, principal } from '../math/principal.ts'
import { defineRule, tolerance } from '../rule.ts'

const maxSubsets = 1_000_000

/**
 * Smallest maximum eigenvalue averaging: the mean of the n - f vectors with the smallest top eigenvalue of their
 * covariance.
 *
 * Allouah et al. 2023, https://arxiv.org/abs/2302.04787. Holds for n > 2f.
 * Choices: the eigenvalue is exact; ByzFL takes one power iteration from a random start. Among several best subsets,
 * the first in lexicographic order. The search visits all C(n, f) subsets and is refused above a million. A Cholesky
 * factorisation tells whether a subset beats the best one so far. O(n^2 d + C(n, f) n^3) time, O(n^2 + d) memory.
 */
export const smea = defineRule({
  name: 'smea',
  summary: 'Mean of the n - f vectors with the smallest top eigenvalue of their covariance',
  reference: 'https://arxiv.org/abs/2302.04787',
  parameters: { f: tolerance },
  cost: 'n^2 d + C(n, f) n^3',
  requires: 'n > 2f and C(n, f) <= 1,000,000',
  anonymous: true,
  minimum: ({ f }) => 2 * f + 1,
  check(n, { f }) {
    const count = binomial(n, f)
    if (count > maxSubsets) {
      throw new RangeError(`smea needs C(n, f) <= ${maxSubsets} subsets, got n=${n}, f=${f}: ${count.toPrecision(3)}`)
    }
  },
  aggregate(input, { f }) {
    const { vectors } = input
    const n = vectors.length
    const chosen = calmest(distancesOf(input), n, f)
    return { output: meanOf(vectors, chosen), influence: equalShares(n, chosen) }
  },
  exact: ({ rows }, { f }) => exactMean(rows, calmest(exactDistances(rows), rows.length, f)),
  conformance: [{ kappa: boundOfSmea }],
})

/**
 * The subset of size n - f with the smallest top eigenvalue, from the squared distances of n vectors (n x n);
 * ascending.
 */
export function calmest(distances: Float64Array, n: number, f: number): number[] {
  let chosen: number[] = []
  let min = Number.POSITIVE_INFINITY
  for (const subset of subsets(n, n - f)) {
    const gram = gramOf(distances, n, subset)
    if (min < Number.POSITIVE_INFINITY && !below(min * (1 + 1e-9), gram, subset.length)) continue
    const { value } = principal(gram, subset.length)
    if (value < min) {
      min = value
      chosen = subset.slice()
    }
  }
  return chosen
}

export function binomial(n: number, k: number): number {
  let count = 1
  for (let i = 1; i <= k; i++) count = (count * (n - k + i)) / i
  return Math.round(count)
}

/** Subsets of 0..n-1 with `size` members, in lexicographic order. The array is reused. */
function* subsets(n: number, size: number): Generator<readonly number[]> {
  const subset = Array.from({ length: size }, (_, i) => i)
  for (;;) {
    yield subset
    let at = size - 1
    while (at >= 0 && subset[at] === n - size + at) at--
    if (at < 0) return
    subset[at] = (subset[at] as number) + 1
    for (let i = at + 1; i < size; i++) subset[i] = (subset[i - 1] as number) + 1
  }
}

function gramOf(distances: Float64Array, n: number, subset: readonly number[]): Float64Array {
  const size = subset.length
  const among = new Float64Array(size * size)
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++)
      among[i * size + j] = distances[(subset[i] as number) * n + (subset[j] as number)] as number
  const shares = new Array<number>(size).fill(1 / size)
  return centredGram(among, size, distancesToPoint(among, size, shares))
}

/** Whether all eigenvalues of the Gram matrix are below `bound`: then bound I - G has a Cholesky factor. O(n^3 / 3). */
function below(bound: number, gram: Float64Array, n: number): boolean {
  const factor = new Float64Array(n * n)
  for (let j = 0; j < n; j++) {
    let pivot = bound - (gram[j * n + j] as number)
    for (let k = 0; k < j; k++) pivot -= (factor[j * n + k] as number) ** 2
    if (!(pivot > 0)) return false
    const root = Math.sqrt(pivot)
    for (let i = j + 1; i < n; i++) {
      let sum = -(gram[i * n + j] as number)
      for (let k = 0; k < j; k++) sum -= (factor[i * n + k] as number) * (factor[j * n + k] as number)
      factor[i * n + j] = sum / root
    }
  }
  return true
}
