import type { AggregationOutput } from '../rule.ts'
import { combination } from './combination.ts'
import { squaredDistancesTo } from './distances.ts'

/** Euclidean distance (n) of every vector to the peer's own; that of its own is 0. O(n d). */
export function distancesToOwn(vectors: readonly Float32Array[], own: number): number[] {
  return Array.from(squaredDistancesTo(vectors, vectors[own] as Float32Array), Math.sqrt)
}

/** Indices of the neighbours, nearest first; ties go to the lowest index. */
export function nearestNeighbours(distances: readonly number[], own: number): number[] {
  return [...distances.keys()]
    .filter((i) => i !== own)
    .sort((a, b) => (distances[a] as number) - (distances[b] as number) || a - b)
}

/**
 * x_own + sum_j p_j (x_j - x_own): every neighbour pulls with its p_j; the rest to 1 stays with the peer's own vector.
 * The pull at `own` is not read.
 */
export function pulled(vectors: readonly Float32Array[], own: number, pulls: readonly number[]): AggregationOutput {
  const influence = pulls.map((pull, i) => (i === own ? 0 : pull))
  influence[own] = Math.max(0, 1 - influence.reduce((sum, pull) => sum + pull, 0))
  return { output: combination(vectors, influence), influence }
}

/** alpha x_own + (1 - alpha) mean of the accepted neighbours; the peer's own vector if there are none. */
export function mixedWith(
  vectors: readonly Float32Array[],
  own: number,
  accepted: readonly number[],
  alpha: number,
): AggregationOutput {
  const pulls = vectors.map(() => 0)
  for (const i of accepted) pulls[i] = (1 - alpha) / accepted.length
  return pulled(vectors, own, pulls)
}

/** Maximum total weight of f neighbours: that of the f heaviest. */
export function byzantineWeight(weights: readonly number[], own: number, f: number): number {
  return weights
    .filter((_, i) => i !== own)
    .sort((a, b) => b - a)
    .slice(0, f)
    .reduce((sum, weight) => sum + weight, 0)
}

/**
 * The peer, then its neighbours from the nearest on, while their total weight is at most `max`. Sums that differ by
 * rounding only count as equal.
 */
export function nearestByWeight(
  distances: readonly number[],
  weights: readonly number[],
  own: number,
  max: number,
): number[] {
  const kept: number[] = []
  let total = 0
  for (const i of [own, ...nearestNeighbours(distances, own)]) {
    total += weights[i] as number
    if (total > max + 1e-9) break
    kept.push(i)
  }
  return kept
}
