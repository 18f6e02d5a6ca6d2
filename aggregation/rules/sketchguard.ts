import * as z from 'zod'
import { distancesToOwn, mixedWith } from '../math/neighbours.ts'
import { normsOf } from '../math/norms.ts'
import { defineRule } from '../rule.ts'
import { acceptedWithin, balanceParameters, decay } from './balance.ts'

/**
 * Sketchguard: BALANCE's test on count sketches. A sketch is s[h(k)] += g(k) x[k], with hash h to `sketchSize` places
 * and sign g. Accept j if |s_i - s_j| <= gamma exp(-kappa t / T) |s_i|. The output is alpha x_i + (1 - alpha) mean of
 * the accepted vectors.
 *
 * Sketchguard 2026 (WWW); code at https://github.com/Cloudslab/murmura. The method saves traffic by sending sketches
 * first. Here peers send whole vectors, and the accepted ones are those that it would fetch.
 * Choices: hash and signs come from `seed`, equal at all peers, unless they are given. The threshold never loosens; the
 * code raises it by half after rounds with few acceptances, which rejected Byzantine peers can provoke. All else as in
 * `balance`. O(n d) time, O(n sketchSize) memory.
 */
export const sketchguard = defineRule({
  name: 'sketchguard',
  summary: 'Like balance, with distances between count sketches',
  reference: 'https://github.com/Cloudslab/murmura',
  parameters: {
    sketchSize: z.int().min(1).max(1_000_000).default(1000).describe('Numbers in a sketch'),
    seed: z.int().min(0).default(0).describe('Seed of hash and signs, the same at all peers'),
    hash: z
      .array(z.int().min(0))
      .optional()
      .describe('The place of each coordinate in the sketch (default: drawn from the seed)'),
    sign: z
      .array(z.union([z.literal(1), z.literal(-1)]))
      .optional()
      .describe('The sign of each coordinate (default: drawn from the seed)'),
    ...balanceParameters,
  },
  cost: 'n d',
  requires: 'n >= 1',
  minimum: () => 1,
  selfCentred: () => true,
  aggregate({ vectors, own, round, rounds }, { gamma, kappa, alpha, whenNone, ...sketch }) {
    const hashing = hashingOf(vectors[own]?.length ?? 0, sketch)
    const sketches = vectors.map((vector) => countSketch(vector, hashing))
    const threshold = gamma * decay((kappa * round) / rounds) * (normsOf([sketches[own] as Float32Array])[0] as number)
    return mixedWith(vectors, own, acceptedWithin(distancesToOwn(sketches, own), own, threshold, whenNone), alpha)
  },
  conformance: [
    { config: { sketchSize: 2, gamma: 1 }, exceptions: { translation: 'norms are measured from the origin' } },
  ],
})

interface Sketching {
  readonly sketchSize: number
  readonly seed: number
  readonly hash?: readonly number[] | undefined
  readonly sign?: readonly number[] | undefined
}

/** The number of places, and the place and sign of each coordinate (d). */
interface Hashing {
  readonly size: number
  readonly places: Uint32Array
  readonly signs: Int8Array
}

/**
 * The hashing of d coordinates. Throws RangeError for lists of another length and for places beyond the sketch. O(d).
 */
export function hashingOf(d: number, { sketchSize, seed, hash, sign }: Sketching): Hashing {
  for (const [name, list] of [
    ['hash', hash],
    ['sign', sign],
  ] as const) {
    if (list && list.length !== d) throw new RangeError(`sketchguard needs ${d} numbers in ${name}, got ${list.length}`)
  }
  const outside = hash?.find((place) => place >= sketchSize)
  if (outside !== undefined) throw new RangeError(`sketchguard needs places below ${sketchSize}, got ${outside}`)
  const places = hash ? Uint32Array.from(hash) : new Uint32Array(d)
  const signs = sign ? Int8Array.from(sign) : new Int8Array(d)
  if (hash && sign) return { size: sketchSize, places, signs }
  for (let k = 0; k < d; k++) {
    const bits = mixed(seed, k)
    if (!hash) places[k] = (bits >>> 1) % sketchSize
    if (!sign) signs[k] = bits & 1 ? 1 : -1
  }
  return { size: sketchSize, places, signs }
}

/** Count sketch (`size` numbers) of a vector (d): float64 sums in coordinate order, rounded once. */
export function countSketch(vector: Float32Array, { size, places, signs }: Hashing): Float32Array {
  const sums = new Float64Array(size)
  for (let k = 0; k < vector.length; k++) {
    const place = places[k] as number
    sums[place] = (sums[place] as number) + (signs[k] as number) * (vector[k] as number)
  }
  return Float32Array.from(sums)
}

/**
 * 32 pseudo-random bits from a seed and a coordinate: the finaliser of MurmurHash3 (Austin Appleby, public domain),
 * twice.
 */
function mixed(seed: number, k: number): number {
  return finalised(finalised((seed ^ 0x9e3779b9) | 0) ^ k)
}

function finalised(bits: number): number {
  let h = bits
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
