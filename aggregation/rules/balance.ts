import * as z from 'zod'
import { distancesToOwn, mixedWith, nearestNeighbours } from '../math/neighbours.ts'
import { normsOf } from '../math/norms.ts'
import { defineRule } from '../rule.ts'

/** Parameters of the filters that compare distances with the norm of the peer's own vector. */
export const balanceParameters = {
  gamma: z
    .number()
    .positive()
    .default(2)
    .describe("Distance accepted in round 0, as a multiple of the norm of the peer's own vector"),
  kappa: z.number().min(0).max(100).default(1).describe('How fast the accepted distance shrinks over the run'),
  alpha: z.number().min(0).max(1).default(0.5).describe("Share of the peer's own vector in the output"),
  whenNone: z
    .enum(['nearest', 'own'])
    .default('nearest')
    .describe("If no neighbour is accepted: take the nearest one (Murmura), or keep the peer's own vector"),
}

/**
 * BALANCE: accept neighbour j if |x_i - x_j| <= gamma exp(-kappa t / T) |x_i|. The output is alpha x_i + (1 - alpha)
 * mean of the accepted vectors.
 *
 * Fang et al. 2024 (CCS), https://arxiv.org/abs/2406.10416. t is the round, from 0; T is the number of rounds of the
 * run. Tolerates any number of distant Byzantine peers; all vectors within the radius count.
 * Choices: defaults are those of Murmura: gamma 2, kappa 1, alpha 1/2, and the nearest neighbour if none is accepted.
 * Mixing weights are not used. The norm depends on the origin. O(n d) time, O(d) memory.
 */
export const balance = defineRule({
  name: 'balance',
  summary: "The peer's own vector mixed with the mean of the neighbours within a shrinking radius",
  reference: 'https://arxiv.org/abs/2406.10416',
  parameters: balanceParameters,
  cost: 'n d',
  requires: 'n >= 1',
  minimum: () => 1,
  selfCentred: () => true,
  aggregate({ vectors, own, round, rounds }, { gamma, kappa, alpha, whenNone }) {
    const threshold = gamma * decay((kappa * round) / rounds) * (normsOf([vectors[own] as Float32Array])[0] as number)
    return mixedWith(vectors, own, acceptedWithin(distancesToOwn(vectors, own), own, threshold, whenNone), alpha)
  },
  conformance: [{ config: { gamma: 1 }, exceptions: { translation: 'norms are measured from the origin' } }],
})

/**
 * Indices of the neighbours within the threshold, ascending. If there are none, `whenNone` decides: the nearest one, or
 * none.
 */
export function acceptedWithin(
  distances: readonly number[],
  own: number,
  threshold: number,
  whenNone: 'nearest' | 'own',
): number[] {
  const within = [...distances.keys()].filter((i) => i !== own && (distances[i] as number) <= threshold)
  return within.length > 0 || whenNone === 'own' ? within : nearestNeighbours(distances, own).slice(0, 1)
}

/**
 * exp(-x) for x >= 0, by Taylor series and squaring. Math.exp may differ in the last bit between JavaScript engines.
 */
export function decay(x: number): number {
  let reduced = x
  let squarings = 0
  while (reduced > 0.5) {
    reduced /= 2
    squarings++
  }
  let value = 1
  for (let i = 18; i >= 1; i--) value = 1 - (value * reduced) / i
  for (; squarings > 0; squarings--) value *= value
  return value
}
