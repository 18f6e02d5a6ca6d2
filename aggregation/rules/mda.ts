import { exactDistances, exactMean } from '../exact/rows.ts'
import { boundOfDiameter } from '../math/bounds.ts'
import { distancesOf } from '../math/distances.ts'
import { equalShares, meanOf } from '../math/mean.ts'
import { defineRule, tolerance } from '../rule.ts'

/**
 * Minimum-diameter averaging: the mean of the n - f vectors whose greatest distance among each other is least.
 *
 * Rousseeuw 1985; El Mhamdi et al. 2018, https://arxiv.org/abs/1802.07927 ("Brute"). Holds for n > 2f.
 * Choices: of several subsets of the same diameter the first in lexicographic order of its indices.
 * Found exactly and without going through all C(n, f) subsets: a subset of diameter at most t leaves out an end of
 * every pair further apart than t, a vertex cover of size f. O(n^2 d + 2^f n^2 log n) at worst, far less in practice;
 * O(n^2 + d) memory.
 */
export const mda = defineRule({
  name: 'mda',
  summary: 'Mean of the n - f vectors with the least diameter',
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

/** The first subset of size n - f with the least diameter, out of the (squared) distances of n vectors; ascending. */
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
  // Greedy: an index is taken whenever a full subset still contains it with all that were taken.
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

/** Whether taking out at most `budget` more indices leaves no pair further apart than `diameter`. */
function coverable(distances: Float64Array, n: number, diameter: number, removed: Uint8Array, budget: number): boolean {
  let busiest = -1
  let most = 0
  for (let i = 0; i < n; i++) {
    if (removed[i]) continue
    let count = 0
    for (let j = 0; j < n; j++) if (!removed[j] && (distances[i * n + j] as number) > diameter) count++
    if (count > most) {
      most = count
      busiest = i
    }
  }
  if (most === 0) return true
  if (budget <= 0) return false
  // Either the index with the most far pairs goes, or all those far from it do.
  removed[busiest] = 1
  const without = coverable(distances, n, diameter, removed, budget - 1)
  removed[busiest] = 0
  if (without) return true
  if (most > budget) return false
  const rest = removed.slice()
  for (let j = 0; j < n; j++) if (!rest[j] && (distances[busiest * n + j] as number) > diameter) rest[j] = 1
  return coverable(distances, n, diameter, rest, budget - most)
}
