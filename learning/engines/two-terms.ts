import type { Dataset } from '../datasets/dataset.ts'

/**
 * Four float32 numbers a, b, c, d such that (x a + b) + (x c + d), each operation rounded to float32, is the number that
 * `table` holds for each of the 256 bytes x, bit for bit: what a vector of bytes can be computed by, where a table is read
 * byte by byte. Undefined where none are found.
 *
 * a and b are multiples of a power of two that is coarse enough for x a + b to be exact, c and d what they leave of slope
 * and intercept, so that only the last sum rounds what counts. All bytes are tried, since that is still no proof.
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
