// Means of sets of rows that share most of their sums, as in nearest-neighbour mixing.

import { wide } from './lanes'

const GROUP: i32 = 16

/** Four f64 sums as float32. */
// @ts-ignore: decorator
@inline
function narrow(at: usize, low: v128, high: v128): void {
  v128.store(at, v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2))
}

/**
 * Means of `sets` sets of n rows, in f64, 16 columns at a time. A slot of 128 bytes holds a sum of rows. From `slots`
 * on come the n rows, then one sum for each pair of slot addresses (u32) from `program` to `end`. `parts` lists for
 * each set the `count` slots to add up, starting from zero; the sum is multiplied by `share`. Set i is written at
 * address i of `outputs` (u32 each).
 */
export function meansOfSets(
  rows: usize, n: i32, columns: i32, program: usize, end: usize, parts: usize, count: i32, sets: i32, share: f64,
  slots: usize, outputs: usize,
): void {
  const by = f64x2.splat(share)
  const zero = f64x2.splat(0)
  const last = rows + (<usize>n << 2)
  for (let c = 0; c < columns; c += GROUP) {
    const column = <usize>c << 2
    let to = slots
    for (let at = rows; at < last; at += 4) {
      const row = <usize>load<u32>(at) + column
      v128.store(to, wide(row))
      v128.store(to, wide(row + 8), 16)
      v128.store(to, wide(row + 16), 32)
      v128.store(to, wide(row + 24), 48)
      v128.store(to, wide(row + 32), 64)
      v128.store(to, wide(row + 40), 80)
      v128.store(to, wide(row + 48), 96)
      v128.store(to, wide(row + 56), 112)
      to += 128
    }
    for (let at = program; at < end; at += 8) {
      const a = <usize>load<u32>(at)
      const b = <usize>load<u32>(at, 4)
      const x0 = f64x2.add(v128.load(a), v128.load(b))
      const x1 = f64x2.add(v128.load(a, 16), v128.load(b, 16))
      const x2 = f64x2.add(v128.load(a, 32), v128.load(b, 32))
      const x3 = f64x2.add(v128.load(a, 48), v128.load(b, 48))
      const x4 = f64x2.add(v128.load(a, 64), v128.load(b, 64))
      const x5 = f64x2.add(v128.load(a, 80), v128.load(b, 80))
      const x6 = f64x2.add(v128.load(a, 96), v128.load(b, 96))
      const x7 = f64x2.add(v128.load(a, 112), v128.load(b, 112))
      v128.store(to, x0)
      v128.store(to, x1, 16)
      v128.store(to, x2, 32)
      v128.store(to, x3, 48)
      v128.store(to, x4, 64)
      v128.store(to, x5, 80)
      v128.store(to, x6, 96)
      v128.store(to, x7, 112)
      to += 128
    }
    let at = parts
    for (let set = 0; set < sets; set++) {
      const out = <usize>load<u32>(outputs + (<usize>set << 2)) + column
      let s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero
      const next = at + (<usize>count << 2)
      for (; at < next; at += 4) {
        const from = <usize>load<u32>(at)
        s0 = f64x2.add(s0, v128.load(from))
        s1 = f64x2.add(s1, v128.load(from, 16))
        s2 = f64x2.add(s2, v128.load(from, 32))
        s3 = f64x2.add(s3, v128.load(from, 48))
        s4 = f64x2.add(s4, v128.load(from, 64))
        s5 = f64x2.add(s5, v128.load(from, 80))
        s6 = f64x2.add(s6, v128.load(from, 96))
        s7 = f64x2.add(s7, v128.load(from, 112))
      }
      narrow(out, f64x2.mul(s0, by), f64x2.mul(s1, by))
      narrow(out + 16, f64x2.mul(s2, by), f64x2.mul(s3, by))
      narrow(out + 32, f64x2.mul(s4, by), f64x2.mul(s5, by))
      narrow(out + 48, f64x2.mul(s6, by), f64x2.mul(s7, by))
    }
  }
}
