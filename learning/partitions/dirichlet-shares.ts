import { exponential, gamma, logarithm, type Random } from '../random.ts'

/**
 * Draws n shares from the symmetric Dirichlet(alpha): normalised Gamma(alpha) variates. Computes with their logarithms,
 * log Gamma(alpha) = log Gamma(alpha + 1) + log(U) / alpha (Marsaglia and Tsang 2000, section 6), because the variates
 * underflow to 0 for a small alpha.
 */
export function dirichletShares(random: Random, alpha: number, n: number): number[] {
  const logs = Array.from({ length: n }, () => logarithm(gamma(random, alpha + 1)) + logarithm(1 - random()) / alpha)
  const largest = Math.max(...logs)
  const variates = logs.map((value) => exponential(value - largest))
  const sum = variates.reduce((total, value) => total + value, 0)
  return variates.map((value) => value / sum)
}
