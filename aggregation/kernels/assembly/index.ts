// Kernels of the aggregation rules over a tile: some columns (coordinates) of n rows (vectors), the rows `stride` bytes
// apart. Columns come in groups of 16; those past the end of the vectors hold anything finite and are not read back.
// The order of operations here is the definition of a rule's bits: ../plain.ts does the same in TypeScript.

const GROUP: i32 = 16
const BLOCK: i32 = 512

/**
 * Runs a sorting network over 16 columns in place. A comparator is two byte offsets of rows, with the lowest bit set in
 * the one that nobody reads afterwards. Both results take their first operand unless the second is smaller (greater), so
 * that -0 and 0 are swapped or not, never lost.
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
function wide(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at))
}

// @ts-ignore: decorator
@inline
function narrow(at: usize, sum: v128, divisor: v128): void {
  v128.store64_lane(at, f32x4.demote_f64x2_zero(f64x2.div(sum, divisor)), 0)
}

/** Sorts each column as far as the network goes and writes the mean of rows low to high of it, in f64. */
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
 * Mean of the `keep` values of each column nearest its median, in f64. Window s of sorted ranks moves on
 * while its lowest value is further from the median than the one beyond its highest. Columns where these two are equally
 * far and not equal are marked in `ties` (one u32 of bits for 16 columns) and left to the caller. `masks` has room for
 * (n - keep) x 16 bytes.
 */
export function meanAroundMedian(
  tile: usize, stride: usize, n: i32, columns: i32, network: usize, comparators: i32, keep: i32, output: usize,
  ties: usize, masks: usize,
): void {
  const divisor = f64x2.splat(<f64>keep)
  const half = f64x2.splat(0.5)
  const end = network + (<usize>comparators << 3)
  const moves = n - keep
  for (let c = 0; c < columns; c += GROUP) {
    const group = tile + (<usize>c << 2)
    sortGroup(group, network, end)
    let marks = 0
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
      marks |= i32x4.bitmask(tied) << (q << 2)
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
    store<u32>(ties + (<usize>c >> 2), marks)
  }
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

/**
 * Adds the squared distances of all pairs i < j within these columns to `sums` (n x n): in each block of 512 columns
 * four f32 lanes, lane l the columns l, l + 4, ..., then the lanes and the blocks in f64. Columns are a multiple of 4.
 */
export function distances(tile: usize, stride: usize, n: i32, columns: i32, sums: usize): void {
  const line = <usize>n << 3
  for (let c = 0; c < columns; c += BLOCK) {
    const block = tile + (<usize>c << 2)
    const bytes = <usize>min(BLOCK, columns - c) << 2
    for (let i = 0; i < n; i += 2) {
      const a0 = block + <usize>i * stride
      const to0 = sums + <usize>i * line
      if (i + 1 == n) break
      const a1 = a0 + stride
      const to1 = to0 + line
      let alone = f32x4.splat(0)
      for (let k: usize = 0; k < bytes; k += 16) alone = square(alone, v128.load(a0 + k), v128.load(a1 + k))
      collect(to0 + (<usize>(i + 1) << 3), alone)
      let j = i + 2
      for (; j + 3 < n; j += 4) {
        const b0 = block + <usize>j * stride
        const b1 = b0 + stride
        const b2 = b1 + stride
        const b3 = b2 + stride
        let s00 = f32x4.splat(0), s01 = s00, s02 = s00, s03 = s00, s10 = s00, s11 = s00, s12 = s00, s13 = s00
        for (let k: usize = 0; k < bytes; k += 16) {
          const x0 = v128.load(a0 + k)
          const x1 = v128.load(a1 + k)
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
        const at0 = to0 + (<usize>j << 3)
        const at1 = to1 + (<usize>j << 3)
        collect(at0, s00)
        collect(at0 + 8, s01)
        collect(at0 + 16, s02)
        collect(at0 + 24, s03)
        collect(at1, s10)
        collect(at1 + 8, s11)
        collect(at1 + 16, s12)
        collect(at1 + 24, s13)
      }
      for (; j < n; j++) {
        const b0 = block + <usize>j * stride
        let s0 = f32x4.splat(0), s1 = s0
        for (let k: usize = 0; k < bytes; k += 16) {
          const y = v128.load(b0 + k)
          s0 = square(s0, v128.load(a0 + k), y)
          s1 = square(s1, v128.load(a1 + k), y)
        }
        collect(to0 + (<usize>j << 3), s0)
        collect(to1 + (<usize>j << 3), s1)
      }
    }
  }
}

/** Writes sum_i weights[i] row_i / divisor: f64, in the order of the rows, rounded once. */
export function weightedSum(
  tile: usize, stride: usize, n: i32, columns: i32, weights: usize, divisor: f64, output: usize,
): void {
  const by = f64x2.splat(divisor)
  for (let c = 0; c < columns; c += 8) {
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0
    let row = tile + (<usize>c << 2)
    for (let i = 0; i < n; i++) {
      const w = v128.load64_splat(weights + (<usize>i << 3))
      s0 = f64x2.add(s0, f64x2.mul(w, wide(row)))
      s1 = f64x2.add(s1, f64x2.mul(w, wide(row + 8)))
      s2 = f64x2.add(s2, f64x2.mul(w, wide(row + 16)))
      s3 = f64x2.add(s3, f64x2.mul(w, wide(row + 24)))
      row += stride
    }
    const out = output + (<usize>c << 2)
    narrow(out, s0, by)
    narrow(out + 8, s1, by)
    narrow(out + 16, s2, by)
    narrow(out + 24, s3, by)
  }
}

/**
 * Means of `sets` sets of rows. Rows stand in quads of four in their order; the sum of every part of a quad is computed
 * once (its members upwards), and a set adds up one part of each quad, upwards, in f64; then times `share`. `parts`
 * holds, set after set, a byte offset into `table` for each quad: (16 quad + bits of the members) x 64. Writes set after
 * set, `stride` bytes apart. The rows are padded to a multiple of four.
 */
export function meansOfSets(
  tile: usize, stride: usize, quads: i32, columns: i32, parts: usize, sets: i32, share: f64, table: usize,
  output: usize,
): void {
  const by = f64x2.splat(share)
  for (let c = 0; c < columns; c += 8) {
    let row = tile + (<usize>c << 2)
    let part = table
    for (let quad = 0; quad < quads; quad++) {
      const zero = f64x2.splat(0)
      v128.store(part, zero)
      v128.store(part, zero, 16)
      v128.store(part, zero, 32)
      v128.store(part, zero, 48)
      for (let bit = 1; bit < 16; bit <<= 1) {
        const x0 = wide(row), x1 = wide(row + 8), x2 = wide(row + 16), x3 = wide(row + 24)
        const to = part + (<usize>bit << 6)
        for (let below: usize = 0; below < <usize>bit << 6; below += 64) {
          v128.store(to + below, f64x2.add(v128.load(part + below), x0))
          v128.store(to + below, f64x2.add(v128.load(part + below, 16), x1), 16)
          v128.store(to + below, f64x2.add(v128.load(part + below, 32), x2), 32)
          v128.store(to + below, f64x2.add(v128.load(part + below, 48), x3), 48)
        }
        row += stride
      }
      part += 1024
    }
    let at = parts
    let out = output + (<usize>c << 2)
    for (let set = 0; set < sets; set++) {
      let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0
      for (let quad = 0; quad < quads; quad++) {
        const from = table + <usize>load<u32>(at)
        s0 = f64x2.add(s0, v128.load(from))
        s1 = f64x2.add(s1, v128.load(from, 16))
        s2 = f64x2.add(s2, v128.load(from, 32))
        s3 = f64x2.add(s3, v128.load(from, 48))
        at += 4
      }
      v128.store64_lane(out, f32x4.demote_f64x2_zero(f64x2.mul(s0, by)), 0)
      v128.store64_lane(out, f32x4.demote_f64x2_zero(f64x2.mul(s1, by)), 0, 8)
      v128.store64_lane(out, f32x4.demote_f64x2_zero(f64x2.mul(s2, by)), 0, 16)
      v128.store64_lane(out, f32x4.demote_f64x2_zero(f64x2.mul(s3, by)), 0, 24)
      out += stride
    }
  }
}
