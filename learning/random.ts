/**
 * Keyed random numbers. Every draw of a run comes from a stream keyed by (seed, purpose, peer, round), so
 * that adding a metric or a peer moves no other draw, and so that Node and every browser draw the same bits.
 *
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand), seeded by MurmurHash3's 32-bit finaliser over the key.
 * Only integer and correctly rounded float64 operations are used; `logarithm` and `cosine` are our own,
 * because those of Math differ in the last bit between engines.
 */
export type Random = () => number

/** A stream of uniform numbers in [0, 1) with 53 random bits. */
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

/** A whole number in [0, bound). */
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

/** A standard normal number (Box-Muller, one of the pair). */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * logarithm(1 - random()))
  return radius * cosineOfTurn(random())
}

/** A number from Gamma(shape, 1). Marsaglia and Tsang 2000, with their boost for shape < 1. */
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

const buffer = new Float64Array(1)
const words = new Uint32Array(buffer.buffer)
const LN2 = 0.6931471805599453

/** Natural logarithm of a positive normal number: exponent times ln 2 plus the atanh series of the mantissa. */
export function logarithm(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN
  if (x === Infinity) return x
  buffer[0] = x
  const high = words[1] as number
  let exponent = (high >>> 20) - 1023
  words[1] = (high & 0x000fffff) | 0x3ff00000
  let mantissa = buffer[0] as number
  if (mantissa > 1.4142135623730951) {
    mantissa /= 2
    exponent += 1
  }
  const s = (mantissa - 1) / (mantissa + 1)
  const s2 = s * s
  let sum = 0
  for (let k = 21; k >= 1; k -= 2) sum = sum * s2 + 1 / k
  return exponent * LN2 + 2 * s * sum
}

/** e to the x, by x = k ln 2 + r and the Taylor series of r. */
export function exponential(x: number): number {
  if (x < -745) return 0
  if (x > 709) return Infinity
  const k = Math.round(x / LN2)
  const r = x - k * LN2
  let sum = 1
  for (let i = 18; i >= 1; i--) sum = 1 + (sum * r) / i
  return sum * 2 ** k
}

/** cos(2 pi u) for u in [0, 1), by quadrant and Taylor series. */
function cosineOfTurn(u: number): number {
  const quadrant = Math.floor(u * 4 + 0.5)
  const x = (u - quadrant / 4) * 6.283185307179586
  const x2 = x * x
  const cosine = 1 - (x2 / 2) * (1 - (x2 / 12) * (1 - (x2 / 30) * (1 - (x2 / 56) * (1 - (x2 / 90) * (1 - x2 / 132)))))
  const sine =
    x * (1 - (x2 / 6) * (1 - (x2 / 20) * (1 - (x2 / 42) * (1 - (x2 / 72) * (1 - (x2 / 110) * (1 - x2 / 156))))))
  switch (quadrant & 3) {
    case 0:
      return cosine
    case 1:
      return -sine
    case 2:
      return -cosine
    default:
      return sine
  }
}
