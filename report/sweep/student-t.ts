/**
 * The t with P(|T| <= t) = confidence for Student's distribution of `degrees` degrees of freedom.
 * Bisection over the exact sums of Abramowitz and Stegun 1964, 26.7.3 and 26.7.4; O(degrees) for each step.
 * Throws RangeError unless `degrees` is a whole number >= 1 and `confidence` is between 0 and 1.
 */
export function studentQuantile(confidence: number, degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1) {
    throw new RangeError(`degrees of freedom must be a whole number from 1 on, got ${degrees}`)
  }
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`confidence must be in (0, 1), got ${confidence}`)
  let high = 1
  while (withinShare(high, degrees) < confidence) high *= 2
  let low = 0
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2
    if (withinShare(middle, degrees) < confidence) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Probability that |T| <= t. */
function withinShare(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees))
  const cosine = Math.cos(angle)
  const odd = degrees % 2 === 1
  let term = odd ? cosine : 1
  let sum = degrees === 1 ? 0 : term
  for (let k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k
    sum += term
  }
  const area = Math.sin(angle) * sum
  return odd ? (2 / Math.PI) * (angle + area) : area
}

/** A mean with its 95 % interval. */
export interface Estimate {
  readonly n: number
  readonly mean: number
  /** Half the width of the interval; null for fewer than two values. */
  readonly half: number | null
}

/** Mean of the finite values with its 95 % interval by Student's t; NaN of no values. */
export function estimateOf(values: readonly number[]): Estimate {
  const measured = values.filter(Number.isFinite)
  const n = measured.length
  const mean = measured.reduce((sum, value) => sum + value, 0) / n
  if (n < 2) return { n, mean, half: null }
  const variance = measured.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
  return { n, mean, half: studentQuantile(0.95, n - 1) * Math.sqrt(variance / n) }
}
