import type { Dataset } from '../datasets/dataset.ts'

/**
 * Finds four float32 numbers a, b, c, d with (x a + b) + (x c + d) = table[x] for all 256 bytes x. The equality is bit
 * for bit, with each operation rounded to float32. SIMD can then normalise a vector of bytes, while a table needs a
 * load for each byte. Returns undefined if it finds none.
 *
 * a and b are multiples of a power of two that is coarse enough to make x a + b exact. c and d are the rest of slope
 * and intercept, so only the last sum rounds noticeably. That is no proof, so all 256 bytes are tested.
 */
export function twoTerms(
  table: Float32Array,
  { mean, deviation }: Dataset['normalisation'],
): Float32Array<ArrayBuffer> | undefined {
  const slope = 1 / (255 * deviation)
  const intercept = -mean / deviation
  for (let bits = 24; bits >= 14; bits--) {
    const grid = 2 ** -bits
    const a = Math.round(slope / grid) * grid
    const b = Math.round(intercept / grid) * grid
    const terms = Float32Array.of(a, b, slope - a, intercept - b)
    if (table.every((wanted, x) => sumOf(terms, x) === wanted)) return terms
  }
  return undefined
}

function sumOf([a = 0, b = 0, c = 0, d = 0]: Float32Array, x: number): number {
  const { fround } = Math
  return fround(fround(fround(x * a) + b) + fround(fround(x * c) + d))
}
