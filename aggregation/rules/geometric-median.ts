import * as z from 'zod'
import { exactCombination, exactMean, less, normAlong, pairwise } from '../exact/rows.ts'
import { boundOfMedian } from '../math/bounds.ts'
import { combination, distancesToPoint, keptDistancesToPoint } from '../math/combination.ts'
import { distancesOf, squaredDistances, squaredDistancesTo } from '../math/distances.ts'
import { defineRule } from '../rule.ts'

/**
 * With more inputs than this per step, measuring all distances to the iterates is cheaper than those among the inputs.
 */
const inputsPerStep = 20

/** Minimum part of a sum that a difference must keep: it may lose six binary digits. */
const keptDigits = 1 / 64

/**
 * Geometric median, argmin_z sum_i |x_i - z|, by `iterations` steps of the smoothed Weiszfeld algorithm: z <- sum_i a_i
 * x_i / sum_i a_i with a_i = 1 / max(nu, |x_i - z|).
 *
 * Pillutla, Kakade, Harchaoui 2019 (RFA), https://arxiv.org/abs/1912.13445, Algorithm 2: nu = 1e-6, three iterations.
 * Breaks down at n <= 2f.
 * Choices: starts at the mean, or at zero as ByzFL does (ByzFL's nu is 0.1). It makes exactly `iterations` steps,
 * without a stop test. Mixing weights are not used.
 * Iterates stay in the span of the inputs (and zero), so they are stored as coefficients a. Distances to them follow
 * from the distances D among the inputs: |x_i - z|^2 = sum_j a_j D_ij - a'Da / 2. If this difference cancels more than
 * six binary digits, `distances: auto` measures that step directly. Vectors ten times farther away than the others
 * cause this. `auto` also measures directly if that is cheaper: with more than 20 inputs per step. O(n^2 d + iterations
 * n^2) time and O(n^2) memory; measured directly, O(iterations n d) time.
 */
export const geometricMedian = defineRule({
  name: 'geometric-median',
  summary: 'The point with the minimum sum of distances to all vectors, by smoothed Weiszfeld steps',
  reference: 'https://arxiv.org/abs/1912.13445',
  parameters: {
    nu: z.number().positive().default(1e-6).describe('Minimum distance: smaller ones count as this'),
    iterations: z.int().min(0).max(100_000).default(3).describe('Weiszfeld steps'),
    start: z.enum(['mean', 'zero']).default('mean').describe('Where the steps start: the mean, or zero (ByzFL)'),
    distances: z
      .enum(['auto', 'matrix', 'direct'])
      .default('auto')
      .describe(
        'Distances to the iterate: matrix computes them from those among the inputs, direct measures them in each step; auto: matrix, unless it is inaccurate or slower',
      ),
  },
  cost: 'n^2 d',
  requires: 'n >= 1',
  breakdown: { condition: 'n > 2b', maxByzantine: (n) => (n - 1) >> 1 },
  anonymous: true,
  minimum: () => 1,
  aggregate(input, { nu, iterations, start, distances: way }) {
    const { vectors } = input
    const n = vectors.length
    // Zero is one more point, with a share in the start only.
    const points = start === 'zero' ? [...vectors, new Float32Array(vectors[0]?.length ?? 0)] : vectors
    const cheaper = (start === 'mean' && input.distances !== undefined) || n <= inputsPerStep * iterations
    const inferring = way === 'matrix' || (way === 'auto' && cheaper)
    const distances = !inferring ? undefined : start === 'zero' ? squaredDistances(points) : distancesOf(input)
    let shares = points.map((_, i) => (start === 'mean' ? 1 / n : i === n ? 1 : 0))
    for (let step = 0; step < iterations; step++) {
      const inferred =
        distances &&
        (way === 'matrix'
          ? distancesToPoint(distances, points.length, shares)
          : keptDistancesToPoint(distances, points.length, shares, keptDigits))
      const toPoint = inferred ?? squaredDistancesTo(vectors, combination(points, shares))
      const pulls = points.map((_, i) => (i < n ? 1 / Math.max(nu, Math.sqrt(toPoint[i] as number)) : 0))
      const total = pulls.reduce((sum, pull) => sum + pull, 0)
      shares = pulls.map((pull) => pull / total)
    }
    const influence = shares.slice(0, n)
    return { output: combination(vectors, influence), influence }
  },
  exact({ rows }, { nu, iterations, start }) {
    let z = start === 'mean' ? exactMean(rows) : new Float64Array(rows[0]?.length ?? 0)
    for (let step = 0; step < iterations; step++) {
      const pulls = rows.map((row) => 1 / rows.length / Math.max(nu, normAlong(less(row, z))))
      const total = pairwise(Float64Array.from(pulls))
      z = exactCombination(rows, pulls).map((value) => value / total)
    }
    return z
  },
  conformance: [
    { exceptions: { scale: 'nu is a fixed distance' } },
    {
      title: 'from zero',
      config: { start: 'zero', nu: 0.1 },
      exceptions: { scale: 'nu is a fixed distance', translation: 'zero stays where it is' },
    },
    {
      title: 'after 300 steps',
      config: { iterations: 300 },
      exceptions: { scale: 'nu is a fixed distance' },
      kappa: boundOfMedian,
    },
  ],
})
