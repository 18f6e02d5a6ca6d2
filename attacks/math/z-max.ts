import { inverseNormal } from './normal.ts'

/**
 * The z of Algorithm 3, lines 1 and 2: the largest at which enough honest vectors are expected beyond the crafted one
 * for a majority. With s = floor(n/2 + 1) - m supporters, z = Phi^-1((n - m - s) / (n - m)). z is 0 or less for few
 * Byzantine peers.
 *
 * Baruch et al. 2019, https://arxiv.org/abs/1902.06156, section 3.3 of the NeurIPS version.
 * Choices: denominators are n - m as there, not n as in arXiv's first version. A quantile of 0 (n = 2) gives minus
 * infinity. A quantile of 1 or more, for a Byzantine majority, has no z and throws RangeError.
 */
export function zMax(n: number, m: number): number {
  if (m >= n) throw new RangeError(`z: paper needs an honest peer, n > m, got n=${n}, m=${m}`)
  const supporters = Math.floor(n / 2 + 1) - m
  const quantile = (n - m - supporters) / (n - m)
  if (quantile >= 1) {
    throw new RangeError(`z: paper needs at most n / 2 Byzantine peers, got n=${n}, m=${m}; give z a number`)
  }
  return quantile <= 0 ? -Infinity : inverseNormal(quantile)
}
