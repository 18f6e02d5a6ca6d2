// Kernels that handle every number once.

/**
 * Gathers `rows` examples of `size` pixels by index. `table` (256 floats) maps each byte to a number. Copies each label
 * to `chosenLabels`. If `affine` is not 0, it points to 4 floats a, b, c, d with table[x] = (x a + b) + (x c + d), each
 * operation rounded; the kernel then computes 16 numbers at a time.
 */
export function gather(
  images: usize, labels: usize, size: i32, indices: usize, rows: i32, table: usize, affine: usize, to: usize,
  chosenLabels: usize,
): void {
  // Prefetches every cache line: these loads are independent, while those through the table wait for each other.
  let seen: u8 = 0
  for (let row = 0; row < rows; row++) {
    const from = images + <usize>load<u32>(indices + (row << 2)) * size
    for (let k = 0; k < size; k += 64) seen |= load<u8>(from + k)
  }
  store<u8>(chosenLabels, seen)
  const a = f32x4.splat(affine ? load<f32>(affine) : 0)
  const b = f32x4.splat(affine ? load<f32>(affine, 4) : 0)
  const c = f32x4.splat(affine ? load<f32>(affine, 8) : 0)
  const d = f32x4.splat(affine ? load<f32>(affine, 12) : 0)
  for (let row = 0; row < rows; row++) {
    const index = load<u32>(indices + (row << 2))
    store<u8>(chosenLabels + row, load<u8>(labels + index))
    const from = images + <usize>index * size
    let k = 0
    if (affine) {
      for (; k + 16 <= size; k += 16) {
        const bytes = v128.load(from + k)
        const low = i16x8.extend_low_i8x16_u(bytes)
        const high = i16x8.extend_high_i8x16_u(bytes)
        v128.store(to, twoTerms(i32x4.extend_low_i16x8_u(low), a, b, c, d))
        v128.store(to, twoTerms(i32x4.extend_high_i16x8_u(low), a, b, c, d), 16)
        v128.store(to, twoTerms(i32x4.extend_low_i16x8_u(high), a, b, c, d), 32)
        v128.store(to, twoTerms(i32x4.extend_high_i16x8_u(high), a, b, c, d), 48)
        to += 64
      }
    }
    for (; k + 4 <= size; k += 4) {
      const four = load<u32>(from + k)
      store<f32>(to, load<f32>(table + ((four & 255) << 2)))
      store<f32>(to, load<f32>(table + (((four >> 8) & 255) << 2)), 4)
      store<f32>(to, load<f32>(table + (((four >> 16) & 255) << 2)), 8)
      store<f32>(to, load<f32>(table + ((four >> 24) << 2)), 12)
      to += 16
    }
    for (; k < size; k++) {
      store<f32>(to, load<f32>(table + (<usize>load<u8>(from + k) << 2)))
      to += 4
    }
  }
}

// @ts-ignore: decorator
@inline
function twoTerms(bytes: v128, a: v128, b: v128, c: v128, d: v128): v128 {
  const x = f32x4.convert_i32x4_s(bytes)
  return f32x4.add(f32x4.add(f32x4.mul(x, a), b), f32x4.add(f32x4.mul(x, c), d))
}

/** to = max(from, 0); NaN stays NaN. */
export function relu(from: usize, to: usize, count: i32): void {
  const zero = f32x4.splat(0)
  let i = 0
  for (; i + 4 <= count; i += 4) {
    v128.store(to, f32x4.pmax(v128.load(from), zero))
    from += 16
    to += 16
  }
  for (; i < count; i++) {
    const value = load<f32>(from)
    store<f32>(to, value < 0 ? 0 : value)
    from += 4
    to += 4
  }
}

/** Sets `slope` to 0 at each output of a ReLU that is not above 0. In place. */
export function maskByOutput(slope: usize, output: usize, count: i32): void {
  const zero = f32x4.splat(0)
  let i = 0
  for (; i + 4 <= count; i += 4) {
    v128.store(slope, v128.and(v128.load(slope), f32x4.gt(v128.load(output), zero)))
    slope += 16
    output += 16
  }
  for (; i < count; i++) {
    if (!(load<f32>(output) > 0)) store<f32>(slope, 0)
    slope += 4
    output += 4
  }
}

/** to (columns) = the column sums of `from` (rows x columns); `accumulate` adds them to `to`. */
export function columnSums(from: usize, rows: i32, columns: i32, to: usize, accumulate: bool): void {
  if (!accumulate) memory.fill(to, 0, columns << 2)
  for (let row = 0; row < rows; row++) {
    let j = 0
    for (; j + 4 <= columns; j += 4) {
      const at = to + (j << 2)
      v128.store(at, f32x4.add(v128.load(at), v128.load(from)))
      from += 16
    }
    for (; j < columns; j++) {
      const at = to + (j << 2)
      store<f32>(at, load<f32>(at) + load<f32>(from))
      from += 4
    }
  }
}

/** Sets `count` floats to zero. */
export function clear(to: usize, count: i32): void {
  memory.fill(to, 0, <usize>count << 2)
}

/** Copies `count` floats. */
export function copy(from: usize, to: usize, count: i32): void {
  memory.copy(to, from, <usize>count << 2)
}

/** m = beta m + share g; x = x - learningRate m. In place, each operation rounded to float32. */
export function applyDescent(
  parameters: usize, momentum: usize, gradient: usize, count: i32, learningRate: f32, beta: f32, share: f32,
): void {
  const rates = f32x4.splat(learningRate)
  const betas = f32x4.splat(beta)
  const shares = f32x4.splat(share)
  let i = 0
  for (; i + 4 <= count; i += 4) {
    const m = f32x4.add(f32x4.mul(betas, v128.load(momentum)), f32x4.mul(shares, v128.load(gradient)))
    v128.store(momentum, m)
    v128.store(parameters, f32x4.sub(v128.load(parameters), f32x4.mul(rates, m)))
    parameters += 16
    momentum += 16
    gradient += 16
  }
  for (; i < count; i++) {
    const m = beta * load<f32>(momentum) + share * load<f32>(gradient)
    store<f32>(momentum, m)
    store<f32>(parameters, load<f32>(parameters) - learningRate * m)
    parameters += 4
    momentum += 4
    gradient += 4
  }
}
