// Statistics of vectors in f64, over some columns of n rows as in index.ts. Their f64 inputs and outputs are separate
// rows, 16-byte aligned. The order of operations is that of ../plain.ts.

import { wide, wideSquare } from './lanes'

/**
 * Writes sum_i row_i (f64), with every second row times `sign`, in the order of the rows. The number of columns is a
 * multiple of 8.
 */
export function sums(rows: usize, n: i32, columns: i32, sign: f64, output: usize): void {
  const last = rows + (<usize>n << 2)
  const bytes = <usize>columns << 2
  const by = f64x2.splat(sign)
  for (let c: usize = 0; c < bytes; c += 32) {
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0
    let at = rows
    for (; at + 4 < last; at += 8) {
      const row = <usize>load<u32>(at) + c
      const next = <usize>load<u32>(at, 4) + c
      s0 = f64x2.add(f64x2.add(s0, wide(row)), f64x2.mul(by, wide(next)))
      s1 = f64x2.add(f64x2.add(s1, wide(row + 8)), f64x2.mul(by, wide(next + 8)))
      s2 = f64x2.add(f64x2.add(s2, wide(row + 16)), f64x2.mul(by, wide(next + 16)))
      s3 = f64x2.add(f64x2.add(s3, wide(row + 24)), f64x2.mul(by, wide(next + 24)))
    }
    if (at < last) {
      const row = <usize>load<u32>(at) + c
      s0 = f64x2.add(s0, wide(row))
      s1 = f64x2.add(s1, wide(row + 8))
      s2 = f64x2.add(s2, wide(row + 16))
      s3 = f64x2.add(s3, wide(row + 24))
    }
    const out = output + (c << 1)
    v128.store(out, s0)
    v128.store(out, s1, 16)
    v128.store(out, s2, 32)
    v128.store(out, s3, 48)
  }
}

/**
 * Writes sqrt(sum_i (row_i - centre)^2 / divisor), all in f64, in the order of the rows. The number of columns is a
 * multiple of 8.
 */
export function deviations(rows: usize, n: i32, columns: i32, centre: usize, divisor: f64, output: usize): void {
  const last = rows + (<usize>n << 2)
  const bytes = <usize>columns << 2
  const by = f64x2.splat(divisor)
  for (let c: usize = 0; c < bytes; c += 32) {
    const from = centre + (c << 1)
    const m0 = v128.load(from), m1 = v128.load(from, 16), m2 = v128.load(from, 32), m3 = v128.load(from, 48)
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0
    for (let at = rows; at < last; at += 4) {
      const row = <usize>load<u32>(at) + c
      s0 = wideSquare(s0, wide(row), m0)
      s1 = wideSquare(s1, wide(row + 8), m1)
      s2 = wideSquare(s2, wide(row + 16), m2)
      s3 = wideSquare(s3, wide(row + 24), m3)
    }
    const out = output + (c << 1)
    v128.store(out, f64x2.sqrt(f64x2.div(s0, by)))
    v128.store(out, f64x2.sqrt(f64x2.div(s1, by)), 16)
    v128.store(out, f64x2.sqrt(f64x2.div(s2, by)), 32)
    v128.store(out, f64x2.sqrt(f64x2.div(s3, by)), 48)
  }
}

/** Adds the squared differences of two columns of two rows, one row per lane, to a sum for each row. */
// @ts-ignore: decorator
@inline
function squaresOfTwo(sum: v128, a: usize, b: usize, centre0: v128, centre1: v128): v128 {
  const x = wide(a)
  const y = wide(b)
  return wideSquare(wideSquare(sum, v128.shuffle<i64>(x, y, 0, 2), centre0), v128.shuffle<i64>(x, y, 1, 3), centre1)
}

/**
 * Adds to `sums` (n, plus up to seven more) the squared distance of each row to a centre, in f64: one sum per row, in
 * the order of the columns. Rows go in eights; the table repeats the last one at its end.
 */
export function distancesToCentre(rows: usize, n: i32, columns: i32, centre: usize, sums: usize): void {
  const bytes = <usize>columns << 2
  for (let i = 0; i < n; i += 8) {
    const at = rows + (<usize>i << 2)
    const a = <usize>load<u32>(at), b = <usize>load<u32>(at, 4), c = <usize>load<u32>(at, 8)
    const d = <usize>load<u32>(at, 12), e = <usize>load<u32>(at, 16), f = <usize>load<u32>(at, 20)
    const g = <usize>load<u32>(at, 24), h = <usize>load<u32>(at, 28)
    const to = sums + (<usize>i << 3)
    let s0 = v128.load(to), s1 = v128.load(to, 16), s2 = v128.load(to, 32), s3 = v128.load(to, 48)
    for (let k: usize = 0; k < bytes; k += 8) {
      const from = centre + (k << 1)
      const centre0 = v128.load64_splat(from), centre1 = v128.load64_splat(from, 8)
      s0 = squaresOfTwo(s0, a + k, b + k, centre0, centre1)
      s1 = squaresOfTwo(s1, c + k, d + k, centre0, centre1)
      s2 = squaresOfTwo(s2, e + k, f + k, centre0, centre1)
      s3 = squaresOfTwo(s3, g + k, h + k, centre0, centre1)
    }
    v128.store(to, s0)
    v128.store(to, s1, 16)
    v128.store(to, s2, 32)
    v128.store(to, s3, 48)
  }
}

/**
 * Number of values in the rows with sign (row - centre) >= limit, in f64. NaN limits match no value. The number of
 * columns is a multiple of 4.
 */
export function countBeyond(rows: usize, n: i32, columns: i32, centre: usize, limits: usize, sign: f64): i32 {
  const last = rows + (<usize>n << 2)
  const bytes = <usize>columns << 2
  const by = f64x2.splat(sign)
  let count = i64x2.splat(0)
  for (let c: usize = 0; c < bytes; c += 16) {
    const from = centre + (c << 1)
    const to = limits + (c << 1)
    const m0 = v128.load(from), m1 = v128.load(from, 16), l0 = v128.load(to), l1 = v128.load(to, 16)
    for (let at = rows; at < last; at += 4) {
      const row = <usize>load<u32>(at) + c
      count = i64x2.sub(count, f64x2.ge(f64x2.mul(by, f64x2.sub(wide(row), m0)), l0))
      count = i64x2.sub(count, f64x2.ge(f64x2.mul(by, f64x2.sub(wide(row + 8), m1)), l1))
    }
  }
  return <i32>(i64x2.extract_lane(count, 0) + i64x2.extract_lane(count, 1))
}
