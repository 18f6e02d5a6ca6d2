import { kernels } from '#aggregation/kernels/kernels.ts'
import { deviationOf, meanOf, selectRank } from './statistics.ts'

/** Coordinate means and standard deviations (d each) of honest vectors. */
interface Spread {
  readonly mean: Float64Array
  readonly deviation: Float64Array
}

/** The spread of the honest vectors of a neighbourhood; the deviation divides by their number. */
export function spreadOf(honestVectors: readonly Float32Array[], mean: Float64Array = meanOf(honestVectors)): Spread {
  return { mean, deviation: deviationOf(honestVectors, mean, 0) }
}

/**
 * The attack factor as the victim sees it: the median over coordinates of (mean_H - p) / std_H. H is the honest closed
 * neighbourhood (h x d) and p the crafted vector (d); the factor is positive below the mean. With few colluders it is
 * well under the z that they asked for, because they estimate a smaller deviation.
 *
 * Choices: std divides by |H|. Coordinates in which all honest vectors agree are left out; without any others the
 * factor is 0. O(|H| d) time, O(d) memory.
 */
export function realisedZ(
  crafted: Float32Array,
  honestVectors: readonly Float32Array[],
  { mean, deviation }: Spread = spreadOf(honestVectors),
): number {
  const factors = new Float64Array(mean.length)
  let count = 0
  for (let k = 0; k < mean.length; k++) {
    const spread = deviation[k] as number
    if (spread > 0) factors[count++] = ((mean[k] as number) - (crafted[k] as number)) / spread
  }
  if (count === 0) return 0
  const middle = count >> 1
  const upper = selectRank(factors, count, middle)
  return count % 2 === 1 ? upper : (selectRank(factors, middle, middle - 1) + upper) / 2
}

/**
 * Supporters: the number of honest vectors at or beyond mean + sign z std, averaged over the coordinates in which
 * honest vectors differ. 0 if there are none. `honestVectors` are those of the victim's closed neighbourhood.
 */
export function supporters(
  honestVectors: readonly Float32Array[],
  sign: -1 | 1,
  z: number,
  { mean, deviation }: Spread = spreadOf(honestVectors),
): number {
  let count = 0
  const limits = new Float64Array(mean.length)
  for (let k = 0; k < mean.length; k++) {
    const spread = deviation[k] as number
    // No value is at or beyond NaN.
    limits[k] = spread > 0 ? z * spread : Number.NaN
    if (spread > 0) count++
  }
  if (count === 0) return 0
  return kernels().countBeyond(honestVectors, mean, limits, sign) / count
}
