import { exactDistances, exactMean } from '../exact/rows.ts'
import { boundOfDiameter } from '../math/bounds.ts'
import { distancesOf } from '../math/distances.ts'
import { equalShares, meanOf } from '../math/mean.ts'
import { defineRule, tolerance } from '../rule.ts'

/**
 * Minimum-diameter averaging: the mean of the n - f vectors with the smallest diameter, the maximum distance between
 * two of them.
 *
 * Rousseeuw 1985; El Mhamdi et al. 2018, https://arxiv.org/abs/1802.07927 ("Brute"). Holds for n > 2f.
 * Choices: among subsets of equal diameter, the first in lexicographic order of indices. The search is exact without
 * visiting all C(n, f) subsets: a subset of diameter at most t excludes one end of every pair farther apart than t, a
 * vertex cover of size f. O(n^2 d + 2^f n^2 log n) at worst, far less in practice; O(n^2 + d) memory.
 */
export const mda = defineRule({
  name: 'mda',
  summary: 'Mean of the n - f vectors with the smallest diameter',
  reference: 'https://arxiv.org/abs/1802.07927',
  parameters: { f: tolerance },
  cost: 'n^2 d + 2^f n^2',
  requires: 'n > 2f',
  anonymous: true,
  minimum: ({ f }) => 2 * f + 1,
  aggregate(input, { f }) {
    const { vectors } = input
    const n = vectors.length
    const distances = distancesOf(input)
    const chosen = closest(distances, n, f)
    return { output: meanOf(vectors, chosen), influence: equalShares(n, chosen) }
  },
  exact: ({ rows }, { f }) => exactMean(rows, closest(exactDistances(rows), rows.length, f)),
  conformance: [
    {
      exceptions: { permutation: 'subsets with one longest pair have the same diameter: the first wins' },
      kappa: boundOfDiameter,
    },
  ],
})

/**
 * The first subset of size n - f with the smallest diameter, from the (squared) distances of n vectors (n x n);
 * ascending.
 */
export function closest(distances: Float64Array, n: number, f: number): number[] {
  const lengths = [...new Set(distances)].sort((a, b) => a - b)
  let low = 0
  let high = lengths.length - 1
  while (low < high) {
    const half = (low + high) >> 1
    if (coverable(distances, n, lengths[half] as number, new Uint8Array(n), f)) high = half
    else low = half + 1
  }
  const diameter = lengths[low] as number
  // Greedy: take an index if some full subset contains it and all indices taken so far.
  const removed = new Uint8Array(n)
  const taken: number[] = []
  let left = f
  for (let i = 0; i < n; i++) {
    if (removed[i]) continue
    const without = removed.slice()
    let cost = 0
    for (let j = 0; j < n; j++) {
      if (without[j] || (distances[i * n + j] as number) <= diameter) continue
      without[j] = 1
      cost++
    }
    if (cost <= left && coverable(distances, n, diameter, without, left - cost)) {
      removed.set(without)
      left -= cost
      taken.push(i)
    } else {
      removed[i] = 1
      left--
    }
  }
  return taken.slice(0, n - f)
}

/** Whether removing at most `budget` more indices leaves no pair farther apart than `diameter`. */
function coverable(distances: Float64Array, n: number, diameter: number, removed: Uint8Array, budget: number): boolean {
  let busiest = -1
  let max = 0
  for (let i = 0; i < n; i++) {
    if (removed[i]) continue
    let count = 0
    for (let j = 0; j < n; j++) if (!removed[j] && (distances[i * n + j] as number) > diameter) count++
    if (count > max) {
      max = count
      busiest = i
    }
  }
  if (max === 0) return true
  if (budget <= 0) return false
  // Remove either the index with the most distant pairs, or all indices far from it.
  removed[busiest] = 1
  const without = coverable(distances, n, diameter, removed, budget - 1)
  removed[busiest] = 0
  if (without) return true
  if (max > budget) return false
  const rest = removed.slice()
  for (let j = 0; j < n; j++) if (!rest[j] && (distances[busiest * n + j] as number) > diameter) rest[j] = 1
  return coverable(distances, n, diameter, rest, budget - max)
}
