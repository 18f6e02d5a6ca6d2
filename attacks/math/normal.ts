/**
 * Inverse of the standard normal distribution function: the z with P(Z <= z) = p, for p strictly between 0 and 1.
 *
 * Wichura 1988, Algorithm AS 241 (PPND16), https://doi.org/10.2307/2347330; relative error about 1e-16.
 * Choices: only + - * /, the square root and our own logarithm, so that every engine gives the same bits.
 */
export function inverseNormal(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`inverseNormal needs 0 < p < 1, got ${p}`)
  const q = p - 0.5
  if (q >= -0.425 && q <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(centre.over, r)) / polynomial(centre.under, r)
  }
  const r = Math.sqrt(-logarithm(q < 0 ? p : 1 - p))
  const size =
    r <= 5
      ? polynomial(shoulder.over, r - 1.6) / polynomial(shoulder.under, r - 1.6)
      : polynomial(tail.over, r - 5) / polynomial(tail.under, r - 5)
  return q < 0 ? -size : size
}

/**
 * Natural logarithm for 0 < x < 1: halvings times ln 2, plus the atanh series of the remaining factor in [0.7, 1.42].
 */
function logarithm(x: number): number {
  let mantissa = x
  let halvings = 0
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2
    halvings++
  }
  const s = (mantissa - 1) / (mantissa + 1)
  const s2 = s * s
  let sum = 0
  for (let k = 23; k >= 1; k -= 2) sum = sum * s2 + 1 / k
  return 2 * s * sum - halvings * Math.LN2
}

/** Horner's scheme, highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0)
}

// The coefficients a, b; c, d; e, f of the algorithm, highest power first.
const centre = {
  over: [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
    133.14166789178438, 3.3871328727963665,
  ],
  under: [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
    42.31333070160091, 1,
  ],
}
const shoulder = {
  over: [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  under: [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1,
  ],
}
const tail = {
  over: [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  under: [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1,
  ],
}
