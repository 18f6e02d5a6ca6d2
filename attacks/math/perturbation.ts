import * as z from 'zod'
import { deviationOf } from './statistics.ts'

export const perturbationParameter = z
  .enum(['std', 'unit', 'sign'])
  .default('std')
  .describe('Direction: minus the standard deviations, minus the unit vector of the mean, or minus its signs')

/** The direction p (d) of Min-Max and Min-Sum, from the mean: -std, -mean / |mean| or -sign(mean). */
export function perturbationOf(
  kind: z.output<typeof perturbationParameter>,
  vectors: readonly Float32Array[],
  mean: Float64Array,
): Float64Array {
  if (kind === 'sign') return mean.map((value) => -Math.sign(value) || 0)
  if (kind === 'std') return deviationOf(vectors, mean, 0).map((value) => -value)
  const norm = Math.sqrt(mean.reduce((sum, value) => sum + value * value, 0))
  return norm > 0 ? mean.map((value) => -value / norm) : new Float64Array(mean.length)
}

/**
 * The largest gamma >= 0 with sum_i |mean + gamma p - x_i|^2 <= bound; 0 if there is none or p is zero. It is the
 * larger root of a gamma^2 + 2 b gamma + c = 0 with a = h |p|^2, b = sum_i p (mean - x_i), c = sum_i |mean - x_i|^2 -
 * bound. O(h d) for h vectors.
 */
export function largestWithin(
  vectors: readonly Float32Array[],
  mean: Float64Array,
  direction: Float64Array,
  bound: number,
): number {
  let a = 0
  let b = 0
  let c = -bound
  for (const vector of vectors) {
    for (let k = 0; k < mean.length; k++) {
      const p = direction[k] as number
      const away = (mean[k] as number) - (vector[k] as number)
      a += p * p
      b += p * away
      c += away * away
    }
  }
  const discriminant = b * b - a * c
  if (a === 0 || discriminant < 0) return 0
  const root = Math.sqrt(discriminant)
  // This form avoids cancellation: the product of the roots is c / a.
  const greater = b <= 0 ? (root - b) / a : -c / (root + b)
  return Math.max(0, greater) || 0
}
