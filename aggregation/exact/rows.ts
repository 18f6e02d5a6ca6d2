import type { Row } from '../facts.ts'
import { clippingFactor } from '../math/norms.ts'

/** Mean (d) of the rows at some indices, summed in the order of the indices. */
export function exactMean(rows: readonly Row[], indices: readonly number[] = [...rows.keys()]): Float64Array {
  const mean = new Float64Array(rows[0]?.length ?? 0)
  for (const i of indices) {
    const row = rows[i] as Row
    for (let k = 0; k < mean.length; k++) mean[k] = (mean[k] as number) + (row[k] as number)
  }
  return mean.map((sum) => sum / indices.length)
}

/** sum_i c_i x_i (d). */
export function exactCombination(rows: readonly Row[], coefficients: readonly number[]): Float64Array {
  const sums = new Float64Array(rows[0]?.length ?? 0)
  coefficients.forEach((coefficient, i) => {
    const row = rows[i] as Row
    for (let k = 0; k < sums.length; k++) sums[k] = (sums[k] as number) + coefficient * (row[k] as number)
  })
  return sums
}

/**
 * Euclidean norm as BLAS sums it for few coordinates: each square by a fused multiply-add. If a gain is flat, its last
 * bit decides which factor a search takes, so comparisons with other frameworks depend on it.
 */
export function exactNorm(row: Row): number {
  let squares = 0
  for (let k = 0; k < row.length; k++) squares = fused(row[k] as number, row[k] as number, squares)
  return Math.sqrt(squares)
}

/** Euclidean norm in the order in which numpy sums along an axis. */
export function normAlong(row: Row): number {
  return Math.sqrt(pairwise(Float64Array.from(row, (value) => value * value)))
}

/** The sum in numpy's order: eight running sums for up to 128 numbers, two halves for more. */
export function pairwise(values: Float64Array): number {
  const n = values.length
  if (n > 128) {
    const half = (n >> 1) - ((n >> 1) % 8)
    return pairwise(values.subarray(0, half)) + pairwise(values.subarray(half))
  }
  const whole = n < 8 ? 0 : n - (n % 8)
  const r = new Float64Array(8)
  for (let i = 0; i < whole; i++) r[i % 8] = (r[i % 8] as number) + (values[i] as number)
  const [a, b, c, d, e, f, g, h] = r as unknown as [number, number, number, number, number, number, number, number]
  let sum = a + b + (c + d) + (e + f + (g + h))
  for (let i = whole; i < n; i++) sum += values[i] as number
  return sum
}

/** a b + c, rounded once (Dekker's product and Knuth's sum). */
function fused(a: number, b: number, c: number): number {
  const product = a * b
  const [ah, bh] = [upper(a), upper(b)]
  const [al, bl] = [a - ah, b - bh]
  const lost = al * bl - (product - ah * bh - al * bh - ah * bl)
  const sum = product + c
  const back = sum - product
  return sum + (product - (sum - back) + (c - back) + lost)
}

/** The upper half of a number's digits (Veltkamp). */
function upper(value: number): number {
  const scaled = 134217729 * value
  return scaled - (scaled - value)
}

/** x - y (d). */
export function less(x: Row, y: Row): Float64Array {
  return Float64Array.from(x, (value, k) => value - (y[k] as number))
}

/** factor x (d). */
export function times(x: Row, factor: number): Float64Array {
  return Float64Array.from(x, (value) => value * factor)
}

/** A row clipped to a norm of at most `radius`; the same row if it is no longer. */
export function exactlyClipped(row: Row, radius: number): Row {
  const factor = clippingFactor(exactNorm(row), radius)
  return factor === 1 ? row : times(row, factor)
}

/** Squared distances of all pairs (n x n), row by row. */
export function exactDistances(rows: readonly Row[]): Float64Array {
  const n = rows.length
  const distances = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const squared = exactNorm(less(rows[i] as Row, rows[j] as Row)) ** 2
      distances[i * n + j] = squared
      distances[j * n + i] = squared
    }
  }
  return distances
}

/** Applies `pick` to the values of each coordinate (d). */
export function byCoordinate(rows: readonly Row[], pick: (ascending: Float64Array) => number): Float64Array {
  const column = new Float64Array(rows.length)
  return Float64Array.from({ length: rows[0]?.length ?? 0 }, (_, k) => {
    for (let i = 0; i < rows.length; i++) column[i] = (rows[i] as Row)[k] as number
    return pick(column)
  })
}
