/**
 * A stream of uniform random numbers in [0, 1). Every draw of a run comes from a stream with a key: seed, purpose,
 * peer, round. So a new metric or peer changes no other draw, and Node and every browser draw the same bits.
 *
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand), seeded by MurmurHash3 of the key under three seeds. It uses only
 * integer operations and correctly rounded float64 operations. `logarithm`, `exponential` and `cosineOfTurn` are our
 * own, because those of Math differ in the last bit between JavaScript engines.
 */
export type Random = () => number

/**
 * Opens the stream of a key: uniform numbers in [0, 1) with 53 random bits. Without peer or round, -1 stands for it.
 */
export function randomStream(seed: number, purpose: string, peer = -1, round = -1): Random {
  const key = `${seed}/${purpose}/${peer}/${round}`
  let a = hash(key, 0x9e3779b9)
  let b = hash(key, 0x243f6a88)
  let c = hash(key, 0xb7e15162)
  let counter = 1
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    c |= 0
    return t >>> 0
  }
  for (let i = 0; i < 15; i++) next()
  return () => (next() * 2097152 + (next() >>> 11)) / 9007199254740992
}

/** MurmurHash3 (Austin Appleby, public domain) of the UTF-16 code units of a key. */
function hash(key: string, seed: number): number {
  let h = seed | 0
  for (let i = 0; i < key.length; i++) {
    let k = Math.imul(key.charCodeAt(i), 0xcc9e2d51)
    k = (k << 15) | (k >>> 17)
    h ^= Math.imul(k, 0x1b873593)
    h = (h << 13) | (h >>> 19)
    h = (Math.imul(h, 5) + 0xe6546b64) | 0
  }
  h ^= key.length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A uniform integer in [0, bound). */
export function integer(random: Random, bound: number): number {
  return Math.floor(random() * bound)
}

/** A fresh permutation of 0..n-1 (Fisher-Yates). */
export function permutation(random: Random, n: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = integer(random, i + 1)
    const swap = order[i] as number
    order[i] = order[j] as number
    order[j] = swap
  }
  return order
}

/** A standard normal number, by Box-Muller (uses one number of each pair). */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * logarithm(1 - random()))
  return radius * cosineOfTurn(random())
}

/** A number from Gamma(shape, 1), by Marsaglia and Tsang 2000, with their boost for shape < 1. */
export function gamma(random: Random, shape: number): number {
  if (shape < 1) {
    const boost = exponential(logarithm(1 - random()) / shape)
    return gamma(random, shape + 1) * boost
  }
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normal(random)
    const t = 1 + c * x
    if (t <= 0) continue
    const v = t * t * t
    if (logarithm(1 - random()) < 0.5 * x * x + d - d * v + d * logarithm(v)) return d * v
  }
}

// Views of one number's bits. words[1] is the high word: all platforms of today's JavaScript engines are little-endian.
const buffer = new Float64Array(1)
const words = new Uint32Array(buffer.buffer)
/** ln 2 in two parts (fdlibm, e_log.c): the product of the first with an integer of up to 20 bits is exact. */
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10

/** Exactly 2 to the k, for -1022 <= k <= 1023. The specification lets the `**` operator be inexact. */
function powerOfTwo(k: number): number {
  words[0] = 0
  words[1] = (k + 1023) << 20
  return buffer[0] as number
}

/**
 * Natural logarithm: exponent times ln 2 plus the atanh series of the mantissa. NaN below 0. Not for subnormal numbers.
 */
export function logarithm(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN
  if (x === Infinity) return x
  buffer[0] = x
  const high = words[1] as number
  let exponent = (high >>> 20) - 1023
  words[1] = (high & 0x000fffff) | 0x3ff00000
  let mantissa = buffer[0] as number
  if (mantissa > Math.SQRT2) {
    mantissa /= 2
    exponent += 1
  }
  const s = (mantissa - 1) / (mantissa + 1)
  const s2 = s * s
  let sum = 0
  for (let k = 21; k >= 3; k -= 2) sum = (sum + 1 / k) * s2
  return exponent * LN2_HIGH + (exponent * LN2_LOW + (2 * s * sum + 2 * s))
}

/** e to the x, by x = k ln 2 + r and the Taylor series of r. Results below the smallest normal number are 0. */
export function exponential(x: number): number {
  if (x < -708) return 0
  if (x > 709) return Infinity
  const k = Math.round(x / Math.LN2)
  const r = x - k * LN2_HIGH - k * LN2_LOW
  let sum = 1
  for (let i = 18; i >= 1; i--) sum = 1 + (sum * r) / i
  // Two factors, because k may be 1024 just below the overflow.
  return sum * powerOfTwo(k - 1) * 2
}

const cosineDivisors = [240, 182, 132, 90, 56, 30, 12, 2]
const sineDivisors = [272, 210, 156, 110, 72, 42, 20, 6]

/** cos(2 pi u) for u in [0, 1), by quadrant and Taylor series, with an error below 3e-16. */
export function cosineOfTurn(u: number): number {
  const quadrant = Math.floor(u * 4 + 0.5)
  const x = (u - quadrant / 4) * 6.283185307179586
  const x2 = x * x
  const odd = quadrant % 2 === 1
  let sum = 1
  for (const divisor of odd ? sineDivisors : cosineDivisors) sum = 1 - (x2 / divisor) * sum
  switch (quadrant & 3) {
    case 0:
      return sum
    case 1:
      return -x * sum
    case 2:
      return -sum
    default:
      return x * sum
  }
}
