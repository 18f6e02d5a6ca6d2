import type { Bound } from '../facts.ts'

/*
 * Bounds kappa(n, f): whatever f of n vectors are, |output - mean_H|^2 <= kappa (1/|H|) sum_H |x_i - mean_H|^2 over the
 * honest ones H, V being that average. The conformance suite holds rules to them.
 * Published ones: Allouah et al. 2023, https://arxiv.org/abs/2302.01772, Table 1 and Lemma 1 (nnm).
 */

const ratio: Bound = (n, f) => f / (n - 2 * f)

/**
 * The paper's Krum counts n - f neighbours, itself included. The same proof with n - f - 2 others: the chosen score is
 * at most the honest average, <= 2 (n - f) V summed over its neighbours, of which n - 2f - 1 at least are honest or
 * itself, so kappa = 6 (n - f) / (n - 2f - 1).
 */
export const boundOfKrum: Bound = (n, f) => (6 * (n - f)) / (n - 2 * f - 1)

/** Table 1, for n - f neighbours, itself included. */
export const boundOfWiderKrum: Bound = (n, f) => 6 * (1 + ratio(n, f))

/** The worst of n - f chosen scores is at most the worst honest one, (n - f)(n - f + 1) V. */
export const boundOfMultiKrum: Bound = (n, f) => (2 * (n - f) * (n - f + 2)) / (n - 2 * f - 1)

/** Table 1. */
export const boundOfTrimmedMean: Bound = (n, f) => 6 * ratio(n, f) * (1 + ratio(n, f))

/** Table 1; of the geometric median too, for the exact one, which 300 steps with a small nu come close to. */
export const boundOfMedian: Bound = (n, f) => 4 * (1 + ratio(n, f)) ** 2

/**
 * Around the median, and Bulyan: the median of a set with an honest majority lies in the honest range of each
 * coordinate, at most M_k = max |x_ik - mean_k| from the mean, and as many honest values as are kept lie within 2 M_k of
 * it, so no kept value is further than 3 M_k from the mean; M_k^2 is at most the sum: kappa = 9 (n - f).
 */
export const boundAroundMedian: Bound = (n, f) => 9 * (n - f)

/**
 * Smallest diameter: the chosen share n - 2f with the honest, and each of the f others is within two honest diameters of
 * any honest vector it stands for; a diameter^2 is at most 2 (n - f) V: kappa = (2 f / (n - f))^2 2 (n - f).
 * MoNNA: the same, with the greatest honest distance to the peer's own vector for the diameter.
 */
export const boundOfDiameter: Bound = (n, f) => (8 * f * f) / (n - f)

/**
 * The mean of chosen and honest ones is within sqrt(lambda f / (n - 2f)) of either mean, and lambda of the chosen is at
 * most that of the honest, itself at most V: kappa = 4 f / (n - 2f).
 */
export const boundOfSmea: Bound = (n, f) => 4 * ratio(n, f)

/** Lemma 1: a rule of that bound behind nearest-neighbour mixing. */
export function boundBehindNnm(bound: Bound): Bound {
  return (n, f) => ((8 * f) / (n - f)) * (1 + bound(n, f))
}
