import type { Bound } from '../facts.ts'

/*
 * Bounds kappa(n, f): for any f of n vectors, |output - mean_H|^2 <= kappa V. H are the honest vectors, and V is
 * (1/|H|) sum_H |x_i - mean_H|^2. The conformance suite tests rules against these bounds.
 * Published ones: Allouah et al. 2023, https://arxiv.org/abs/2302.01772, Table 1 and Lemma 1 (nnm).
 */

const ratio: Bound = (n, f) => f / (n - 2 * f)

/**
 * The paper's Krum counts n - f neighbours, itself included. The same proof works with n - f - 2 others. The chosen
 * score is at most the honest average, which is <= 2 (n - f) V summed over its neighbours. At least n - 2f - 1 of these
 * are honest or itself, so kappa = 6 (n - f) / (n - 2f - 1).
 */
export const boundOfKrum: Bound = (n, f) => (6 * (n - f)) / (n - 2 * f - 1)

/** Table 1, for n - f neighbours, itself included. */
export const boundOfWiderKrum: Bound = (n, f) => 6 * (1 + ratio(n, f))

/** The largest of the n - f chosen scores is at most the largest honest one, (n - f)(n - f + 1) V. */
export const boundOfMultiKrum: Bound = (n, f) => (2 * (n - f) * (n - f + 2)) / (n - 2 * f - 1)

/** Table 1. */
export const boundOfTrimmedMean: Bound = (n, f) => 6 * ratio(n, f) * (1 + ratio(n, f))

/** Table 1. It also holds for the exact geometric median, which 300 steps with a small nu approximate. */
export const boundOfMedian: Bound = (n, f) => 4 * (1 + ratio(n, f)) ** 2

/**
 * Mean around the median, and Bulyan. With an honest majority the median is in the honest range of each coordinate, at
 * most M_k = max |x_ik - mean_k| from the mean. At least as many honest values as are kept are within 2 M_k of the
 * median. So no kept value is farther than 3 M_k from the mean. M_k^2 is at most the sum of squares: kappa = 9 (n - f).
 */
export const boundAroundMedian: Bound = (n, f) => 9 * (n - f)

/**
 * Smallest diameter. The chosen vectors share n - 2f with the honest ones. Each of the f others is within two honest
 * diameters of the honest vector that it replaces. A diameter^2 is at most 2 (n - f) V, so kappa = (2 f / (n - f))^2 2
 * (n - f). MoNNA: the same, with the maximum honest distance to the peer's own vector as the diameter.
 */
export const boundOfDiameter: Bound = (n, f) => (8 * f * f) / (n - f)

/**
 * The mean of the vectors both chosen and honest is within sqrt(lambda f / (n - 2f)) of either mean. lambda of the
 * chosen vectors is at most that of the honest ones, which is at most V: kappa = 4 f / (n - 2f).
 */
export const boundOfSmea: Bound = (n, f) => 4 * ratio(n, f)

/** Lemma 1: the bound of a rule behind nearest-neighbour mixing. */
export function boundBehindNnm(bound: Bound): Bound {
  return (n, f) => ((8 * f) / (n - f)) * (1 + bound(n, f))
}
