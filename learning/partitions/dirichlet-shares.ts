import { exponential, gamma, logarithm, type Random } from '../random.ts'

/**
 * n shares from the symmetric Dirichlet(alpha): normalised Gamma(alpha) variates, kept as logarithms by
 * log Gamma(alpha) = log Gamma(alpha + 1) + log(U) / alpha (Marsaglia and Tsang 2000, section 6), since for a
 * small alpha the variates themselves underflow to 0.
 */
export function dirichletShares(random: Random, alpha: number, n: number): number[] {
  const logs = Array.from({ length: n }, () => logarithm(gamma(random, alpha + 1)) + logarithm(1 - random()) / alpha)
  const largest = Math.max(...logs)
  const variates = logs.map((value) => exponential(value - largest))
  const sum = variates.reduce((total, value) => total + value, 0)
  return variates.map((value) => value / sum)
}
