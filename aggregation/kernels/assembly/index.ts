// Kernels of the aggregation rules over some columns (coordinates) of n rows (vectors). `rows` is a table with the
// address of each row (u32); the last entry is repeated at least four times. A kernel that changes rows works on a tile
// with rows `stride` bytes apart. Columns come in groups of 16; those past the end of the vectors hold any finite
// number and are not read back.
// The order of operations here defines a rule's bits: ../plain.ts does the same in TypeScript.

import { wide, wideSquare } from './lanes'

export { countBeyond, deviations, distancesToCentre, sums } from './moments'
export { meansOfSets } from './sets'

const GROUP: i32 = 16
const BLOCK: i32 = 512

/**
 * Runs a sorting network over 16 columns in place. A comparator is two byte offsets of rows; the lowest bit marks a row
 * that is not read later. Both results take their first operand unless the second is smaller (larger), so -0 and 0 are
 * never lost.
 */
// @ts-ignore: decorator
@inline
function sortGroup(group: usize, network: usize, end: usize): void {
  for (let at = network; at < end; at += 8) {
    const low = <usize>load<u32>(at)
    const high = <usize>load<u32>(at, 4)
    if (high & 1) {
      const a = group + low
      const b = group + high - 1
      v128.store(a, f32x4.pmin(v128.load(a), v128.load(b)))
      v128.store(a, f32x4.pmin(v128.load(a, 16), v128.load(b, 16)), 16)
      v128.store(a, f32x4.pmin(v128.load(a, 32), v128.load(b, 32)), 32)
      v128.store(a, f32x4.pmin(v128.load(a, 48), v128.load(b, 48)), 48)
    } else if (low & 1) {
      const a = group + low - 1
      const b = group + high
      v128.store(b, f32x4.pmax(v128.load(b), v128.load(a)))
      v128.store(b, f32x4.pmax(v128.load(b, 16), v128.load(a, 16)), 16)
      v128.store(b, f32x4.pmax(v128.load(b, 32), v128.load(a, 32)), 32)
      v128.store(b, f32x4.pmax(v128.load(b, 48), v128.load(a, 48)), 48)
    } else {
      const a = group + low
      const b = group + high
      const x0 = v128.load(a), x1 = v128.load(a, 16), x2 = v128.load(a, 32), x3 = v128.load(a, 48)
      const y0 = v128.load(b), y1 = v128.load(b, 16), y2 = v128.load(b, 32), y3 = v128.load(b, 48)
      v128.store(a, f32x4.pmin(x0, y0))
      v128.store(a, f32x4.pmin(x1, y1), 16)
      v128.store(a, f32x4.pmin(x2, y2), 32)
      v128.store(a, f32x4.pmin(x3, y3), 48)
      v128.store(b, f32x4.pmax(y0, x0))
      v128.store(b, f32x4.pmax(y1, x1), 16)
      v128.store(b, f32x4.pmax(y2, x2), 32)
      v128.store(b, f32x4.pmax(y3, x3), 48)
    }
  }
}

// @ts-ignore: decorator
@inline
function rowAt(rows: usize, i: i32): usize {
  return <usize>load<u32>(rows + (<usize>i << 2))
}

// @ts-ignore: decorator
@inline
function narrow(at: usize, sum: v128, divisor: v128): void {
  v128.store64_lane(at, f32x4.demote_f64x2_zero(f64x2.div(sum, divisor)), 0)
}

/** Sorts each column as far as the network does, and writes the mean of its rows low to high, in f64. */
export function sortedMean(
  tile: usize, stride: usize, columns: i32, network: usize, comparators: i32, low: i32, high: i32, output: usize,
): void {
  const divisor = f64x2.splat(<f64>(high - low + 1))
  const end = network + (<usize>comparators << 3)
  for (let c = 0; c < columns; c += GROUP) {
    const group = tile + (<usize>c << 2)
    sortGroup(group, network, end)
    for (let half: usize = 0; half < 64; half += 32) {
      let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0
      let row = group + half + <usize>low * stride
      for (let rank = low; rank <= high; rank++) {
        s0 = f64x2.add(s0, wide(row))
        s1 = f64x2.add(s1, wide(row + 8))
        s2 = f64x2.add(s2, wide(row + 16))
        s3 = f64x2.add(s3, wide(row + 24))
        row += stride
      }
      const out = output + (<usize>c << 2) + half
      narrow(out, s0, divisor)
      narrow(out + 8, s1, divisor)
      narrow(out + 16, s2, divisor)
      narrow(out + 24, s3, divisor)
    }
  }
}

/**
 * Mean of the `keep` values of each column nearest its median, in f64. The window of sorted ranks moves up while its
 * lowest value is farther from the median than the value after its highest. A column in which these two are equally far
 * but not equal is marked in `ties` (four columns per byte) and left to the caller. Returns whether there are any.
 * `masks` has (n - keep) x 16 bytes.
 */
export function meanAroundMedian(
  tile: usize, stride: usize, n: i32, columns: i32, network: usize, comparators: i32, keep: i32, output: usize,
  ties: usize, masks: usize,
): bool {
  let any = 0
  const divisor = f64x2.splat(<f64>keep)
  const half = f64x2.splat(0.5)
  const end = network + (<usize>comparators << 3)
  const moves = n - keep
  for (let c = 0; c < columns; c += GROUP) {
    const group = tile + (<usize>c << 2)
    sortGroup(group, network, end)
    for (let q = 0; q < 4; q++) {
      const column = group + (<usize>q << 4)
      const below = column + <usize>((n - 1) >> 1) * stride
      const above = column + <usize>(n >> 1) * stride
      const m0 = f64x2.mul(f64x2.add(wide(below), wide(above)), half)
      const m1 = f64x2.mul(f64x2.add(wide(below + 8), wide(above + 8)), half)
      let tied = f64x2.splat(0)
      let row = column
      const reach = <usize>keep * stride
      for (let s = 0; s < moves; s++) {
        const left0 = f64x2.sub(m0, wide(row))
        const left1 = f64x2.sub(m1, wide(row + 8))
        const right0 = f64x2.sub(wide(row + reach), m0)
        const right1 = f64x2.sub(wide(row + reach + 8), m1)
        v128.store(
          masks + (<usize>s << 4),
          v128.shuffle<i32>(f64x2.gt(left0, right0), f64x2.gt(left1, right1), 0, 2, 4, 6),
        )
        const equal = v128.shuffle<i32>(f64x2.eq(left0, right0), f64x2.eq(left1, right1), 0, 2, 4, 6)
        tied = v128.or(tied, v128.and(equal, f32x4.ne(v128.load(row), v128.load(row + reach))))
        row += stride
      }
      const marks = i32x4.bitmask(tied)
      store<u8>(ties + (<usize>c >> 2) + q, marks)
      any |= marks
      let s0 = f64x2.splat(0), s1 = s0
      row = column
      for (let rank = 0; rank < n; rank++) {
        let value = v128.load(row)
        if (rank < moves) value = v128.andnot(value, v128.load(masks + (<usize>rank << 4)))
        if (rank >= keep) value = v128.and(value, v128.load(masks + (<usize>(rank - keep) << 4)))
        s0 = f64x2.add(s0, f64x2.promote_low_f32x4(value))
        s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.shuffle<i32>(value, value, 2, 3, 2, 3)))
        row += stride
      }
      const out = output + (<usize>c << 2) + (<usize>q << 4)
      narrow(out, s0, divisor)
      narrow(out + 8, s1, divisor)
    }
  }
  return any != 0
}

// @ts-ignore: decorator
@inline
function square(sum: v128, x: v128, y: v128): v128 {
  const difference = f32x4.sub(x, y)
  return f32x4.add(sum, f32x4.mul(difference, difference))
}

// @ts-ignore: decorator
@inline
function collect(at: usize, s: v128): void {
  const sum =
    <f64>f32x4.extract_lane(s, 0) + <f64>f32x4.extract_lane(s, 1) + <f64>f32x4.extract_lane(s, 2) +
    <f64>f32x4.extract_lane(s, 3)
  store<f64>(at, load<f64>(at) + sum)
}

// @ts-ignore: decorator
@inline
function collectTwo(at0: usize, at1: usize, s0: v128, s1: v128): void {
  collect(at0, s0)
  collect(at1, s1)
}

/**
 * Adds the squared distances of all pairs i < j within these columns to `sums` (n x n). Each block of 512 columns has
 * four f32 lanes: lane l sums columns l, l + 4, ... Lanes and then blocks are added in f64. The number of columns is a
 * multiple of 4. Rows go in pairs, each against four later rows at a time. The pair itself is summed with the next one
 * to four rows, so that only whole fours remain: a single sum would wait for its own additions.
 */
export function distances(rows: usize, n: i32, columns: i32, sums: usize): void {
  const line = <usize>n << 3
  for (let c = 0; c < columns; c += BLOCK) {
    const block = <usize>c << 2
    const bytes = <usize>min(BLOCK, columns - c) << 2
    for (let i = 0; i + 1 < n; i += 2) {
      const a0 = block + rowAt(rows, i)
      const a1 = block + rowAt(rows, i + 1)
      const to0 = sums + <usize>i * line
      const to1 = to0 + line
      const zero = f32x4.splat(0)
      let j = i + 2
      const rest = n - j
      let b0 = block + rowAt(rows, j)
      let b1 = block + rowAt(rows, j + 1)
      let b2 = block + rowAt(rows, j + 2)
      let b3 = block + rowAt(rows, j + 3)
      let at0 = to0 + (<usize>j << 3)
      let at1 = to1 + (<usize>j << 3)
      let alone = zero
      let s00 = zero, s01 = zero, s02 = zero, s03 = zero, s10 = zero, s11 = zero, s12 = zero, s13 = zero
      if (rest == 0) {
        for (let k: usize = 0; k < bytes; k += 16) alone = square(alone, v128.load(a0 + k), v128.load(a1 + k))
      } else if ((rest & 3) == 1) {
        for (let k: usize = 0; k < bytes; k += 16) {
          const x0 = v128.load(a0 + k), x1 = v128.load(a1 + k)
          alone = square(alone, x0, x1)
          const y = v128.load(b0 + k)
          s00 = square(s00, x0, y)
          s10 = square(s10, x1, y)
        }
        collectTwo(at0, at1, s00, s10)
        j += 1
      } else if ((rest & 3) == 2) {
        for (let k: usize = 0; k < bytes; k += 16) {
          const x0 = v128.load(a0 + k), x1 = v128.load(a1 + k)
          alone = square(alone, x0, x1)
          let y = v128.load(b0 + k)
          s00 = square(s00, x0, y)
          s10 = square(s10, x1, y)
          y = v128.load(b1 + k)
          s01 = square(s01, x0, y)
          s11 = square(s11, x1, y)
        }
        collectTwo(at0, at1, s00, s10)
        collectTwo(at0 + 8, at1 + 8, s01, s11)
        j += 2
      } else if ((rest & 3) == 3) {
        for (let k: usize = 0; k < bytes; k += 16) {
          const x0 = v128.load(a0 + k), x1 = v128.load(a1 + k)
          alone = square(alone, x0, x1)
          let y = v128.load(b0 + k)
          s00 = square(s00, x0, y)
          s10 = square(s10, x1, y)
          y = v128.load(b1 + k)
          s01 = square(s01, x0, y)
          s11 = square(s11, x1, y)
          y = v128.load(b2 + k)
          s02 = square(s02, x0, y)
          s12 = square(s12, x1, y)
        }
        collectTwo(at0, at1, s00, s10)
        collectTwo(at0 + 8, at1 + 8, s01, s11)
        collectTwo(at0 + 16, at1 + 16, s02, s12)
        j += 3
      } else {
        for (let k: usize = 0; k < bytes; k += 16) {
          const x0 = v128.load(a0 + k), x1 = v128.load(a1 + k)
          alone = square(alone, x0, x1)
          let y = v128.load(b0 + k)
          s00 = square(s00, x0, y)
          s10 = square(s10, x1, y)
          y = v128.load(b1 + k)
          s01 = square(s01, x0, y)
          s11 = square(s11, x1, y)
          y = v128.load(b2 + k)
          s02 = square(s02, x0, y)
          s12 = square(s12, x1, y)
          y = v128.load(b3 + k)
          s03 = square(s03, x0, y)
          s13 = square(s13, x1, y)
        }
        collectTwo(at0, at1, s00, s10)
        collectTwo(at0 + 8, at1 + 8, s01, s11)
        collectTwo(at0 + 16, at1 + 16, s02, s12)
        collectTwo(at0 + 24, at1 + 24, s03, s13)
        j += 4
      }
      collect(to0 + (<usize>(i + 1) << 3), alone)
      for (; j < n; j += 4) {
        b0 = block + rowAt(rows, j)
        b1 = block + rowAt(rows, j + 1)
        b2 = block + rowAt(rows, j + 2)
        b3 = block + rowAt(rows, j + 3)
        s00 = zero, s01 = zero, s02 = zero, s03 = zero, s10 = zero, s11 = zero, s12 = zero, s13 = zero
        for (let k: usize = 0; k < bytes; k += 16) {
          const x0 = v128.load(a0 + k), x1 = v128.load(a1 + k)
          let y = v128.load(b0 + k)
          s00 = square(s00, x0, y)
          s10 = square(s10, x1, y)
          y = v128.load(b1 + k)
          s01 = square(s01, x0, y)
          s11 = square(s11, x1, y)
          y = v128.load(b2 + k)
          s02 = square(s02, x0, y)
          s12 = square(s12, x1, y)
          y = v128.load(b3 + k)
          s03 = square(s03, x0, y)
          s13 = square(s13, x1, y)
        }
        at0 = to0 + (<usize>j << 3)
        at1 = to1 + (<usize>j << 3)
        collectTwo(at0, at1, s00, s10)
        collectTwo(at0 + 8, at1 + 8, s01, s11)
        collectTwo(at0 + 16, at1 + 16, s02, s12)
        collectTwo(at0 + 24, at1 + 24, s03, s13)
      }
    }
  }
}

/**
 * Adds the squared distances of n rows to the row behind them, within these columns, to `sums` (n x 4), in f64: sum l
 * adds columns l, l + 4, ... The number of columns is a multiple of 4.
 */
export function distancesTo(rows: usize, n: i32, columns: i32, sums: usize): void {
  const point = rowAt(rows, n)
  const bytes = <usize>columns << 2
  let to = sums
  for (let i = 0; i < n; i += 2) {
    const a = rowAt(rows, i)
    // With an odd number of rows the last one is its own partner; the partner's sums stay unchanged.
    const b = i + 1 < n ? rowAt(rows, i + 1) : a
    let s0 = v128.load(to), s1 = v128.load(to, 16)
    let t0 = f64x2.splat(0), t1 = t0
    if (i + 1 < n) {
      t0 = v128.load(to, 32)
      t1 = v128.load(to, 48)
    }
    for (let k: usize = 0; k < bytes; k += 16) {
      const y0 = wide(point + k), y1 = wide(point + k + 8)
      s0 = wideSquare(s0, wide(a + k), y0)
      s1 = wideSquare(s1, wide(a + k + 8), y1)
      t0 = wideSquare(t0, wide(b + k), y0)
      t1 = wideSquare(t1, wide(b + k + 8), y1)
    }
    v128.store(to, s0)
    v128.store(to, s1, 16)
    if (i + 1 < n) {
      v128.store(to, t0, 32)
      v128.store(to, t1, 48)
    }
    to += 64
  }
}

/** Writes sum_i weights[i] row_i, in f64 in the order of the rows, rounded once. */
export function weightedSum(rows: usize, n: i32, columns: i32, weights: usize, output: usize): void {
  const last = rows + (<usize>n << 2)
  const bytes = <usize>columns << 2
  for (let c: usize = 0; c < bytes; c += GROUP << 2) {
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0
    let weight = weights
    for (let at = rows; at < last; at += 4) {
      const row = <usize>load<u32>(at) + c
      const w = v128.load64_splat(weight)
      weight += 8
      s0 = f64x2.add(s0, f64x2.mul(w, wide(row)))
      s1 = f64x2.add(s1, f64x2.mul(w, wide(row + 8)))
      s2 = f64x2.add(s2, f64x2.mul(w, wide(row + 16)))
      s3 = f64x2.add(s3, f64x2.mul(w, wide(row + 24)))
      s4 = f64x2.add(s4, f64x2.mul(w, wide(row + 32)))
      s5 = f64x2.add(s5, f64x2.mul(w, wide(row + 40)))
      s6 = f64x2.add(s6, f64x2.mul(w, wide(row + 48)))
      s7 = f64x2.add(s7, f64x2.mul(w, wide(row + 56)))
    }
    const out = output + c
    round(out, s0)
    round(out + 8, s1)
    round(out + 16, s2)
    round(out + 24, s3)
    round(out + 32, s4)
    round(out + 40, s5)
    round(out + 48, s6)
    round(out + 56, s7)
  }
}

// @ts-ignore: decorator
@inline
function round(at: usize, sum: v128): void {
  v128.store64_lane(at, f32x4.demote_f64x2_zero(sum), 0)
}

/** Writes factor * sum_i row_i, in f64 in the order of the rows, rounded once. */
export function scaledSum(rows: usize, n: i32, columns: i32, factor: f64, output: usize): void {
  const by = f64x2.splat(factor)
  const last = rows + (<usize>n << 2)
  const bytes = <usize>columns << 2
  for (let c: usize = 0; c < bytes; c += GROUP << 2) {
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0
    for (let at = rows; at < last; at += 4) {
      const row = <usize>load<u32>(at) + c
      s0 = f64x2.add(s0, wide(row))
      s1 = f64x2.add(s1, wide(row + 8))
      s2 = f64x2.add(s2, wide(row + 16))
      s3 = f64x2.add(s3, wide(row + 24))
      s4 = f64x2.add(s4, wide(row + 32))
      s5 = f64x2.add(s5, wide(row + 40))
      s6 = f64x2.add(s6, wide(row + 48))
      s7 = f64x2.add(s7, wide(row + 56))
    }
    const out = output + c
    round(out, f64x2.mul(s0, by))
    round(out + 8, f64x2.mul(s1, by))
    round(out + 16, f64x2.mul(s2, by))
    round(out + 24, f64x2.mul(s3, by))
    round(out + 32, f64x2.mul(s4, by))
    round(out + 40, f64x2.mul(s5, by))
    round(out + 48, f64x2.mul(s6, by))
    round(out + 56, f64x2.mul(s7, by))
  }
}

/**
 * Writes the rank (i32, from 0) of each number within its column; rows are `stride` bytes apart, as in the tile. Equal
 * numbers rank in the order of their rows. The number of columns is a multiple of 8.
 */
export function ranks(tile: usize, stride: usize, n: i32, columns: i32, output: usize): void {
  const size = <usize>n * stride
  for (let c = 0; c < columns; c += 8) {
    const column = tile + (<usize>c << 2)
    let out = output + (<usize>c << 2)
    const last = column + size
    for (let row = column; row < last; row += stride) {
      const x0 = v128.load(row), x1 = v128.load(row, 16)
      let rank0 = i32x4.splat(0), rank1 = rank0
      let other = column
      for (; other < row; other += stride) {
        rank0 = i32x4.sub(rank0, f32x4.le(v128.load(other), x0))
        rank1 = i32x4.sub(rank1, f32x4.le(v128.load(other, 16), x1))
      }
      for (; other < last; other += stride) {
        rank0 = i32x4.sub(rank0, f32x4.lt(v128.load(other), x0))
        rank1 = i32x4.sub(rank1, f32x4.lt(v128.load(other, 16), x1))
      }
      v128.store(out, rank0)
      v128.store(out, rank1, 16)
      out += stride
    }
  }
}
