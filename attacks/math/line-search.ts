import * as z from 'zod'
import type { Tried } from '../attack.ts'

/** Parameters of the search for an optimised factor. */
export const searchParameters = z
  .strictObject({
    evaluations: z.int().min(1).max(100_000).default(20).describe('Number of factors tried, including the first'),
    start: z.number().default(0).describe('The first factor'),
    delta: z.number().positive().default(10).describe('The first step'),
    ratio: z.number().gt(0).lt(1).default(0.8).describe('Factor by which steps shrink'),
  })
  .prefault({})
  .describe('The line search of an optimised factor')
export type SearchParameters = z.output<typeof searchParameters>

/**
 * Searches for a factor of large gain, from `start` upward. The step doubles while the gain grows, then shrinks by
 * `ratio` at every evaluation. Each step starts from the best factor so far.
 *
 * ByzFL's Optimal_ALittleIsEnough and Optimal_InnerProductManipulation (LPD-EPFL/byzfl 69bd1ac); the traces are equal.
 * Choices: only a strictly larger gain counts, so plateaus keep their smallest factor. Calls `gainOf` `evaluations`
 * times.
 */
export function lineSearch(
  gainOf: (z: number) => number,
  { evaluations, start, delta, ratio }: SearchParameters,
): { readonly z: number; readonly trace: readonly Tried[] } {
  let best: Tried = { z: start, gain: gainOf(start) }
  const trace = [best]
  let step = delta
  let expanding = true
  while (trace.length < evaluations) {
    const factor = best.z + step
    const tried = { z: factor, gain: gainOf(factor) }
    trace.push(tried)
    const better = tried.gain > best.gain
    if (better) best = tried
    expanding &&= better
    step *= expanding ? 2 : ratio
  }
  return { z: best.z, trace }
}
