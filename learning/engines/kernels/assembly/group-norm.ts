// Group normalisation (Wu and He 2018, https://arxiv.org/abs/1803.08494, equation 1). Images are height x width x
// channels, so the kernels sum by channel, four at a time, and combine channels to groups. They sum 16 positions in
// float32, and these sums in float64.

const BLOCK: i32 = 16

/** Bytes of scratch: two float64 sums and two floats for each channel. */
export function groupNormScratch(channels: i32): i32 {
  return channels * 24
}

/**
 * Normalises each of `groups` groups of channels to mean 0 and variance 1 in each row. Then scales and shifts each
 * channel, then ReLU with `relu`. Writes mean and 1 / deviation to `moments` (rows x groups x 2).
 */
export function groupNorm(
  from: usize, rows: i32, positions: i32, channels: i32, groups: i32, scale: usize, shift: usize, relu: bool, to: usize,
  moments: usize, scratch: usize,
): void {
  const each = channels / groups
  const count = <f64>(positions * each)
  const sums = scratch
  const means = scratch + (channels << 4)
  const inverses = means + (channels << 2)
  const size = <usize>(positions * channels) << 2
  for (let row = 0; row < rows; row++) {
    memory.fill(means, 0, channels << 2)
    channelSums(from, positions, channels, means, false, sums)
    for (let group = 0; group < groups; group++) {
      const mean = <f32>(groupSum(sums, group, each) / count)
      store<f32>(moments + (group << 3), mean)
      fillGroup(means, group, each, mean)
    }
    channelSums(from, positions, channels, means, true, sums)
    for (let group = 0; group < groups; group++) {
      const inverse = <f32>(1 / Math.sqrt(groupSum(sums, group, each) / count + 1e-5))
      store<f32>(moments + (group << 3), inverse, 4)
      fillGroup(inverses, group, each, inverse)
    }
    apply(from, positions, channels, means, inverses, scale, shift, relu, to)
    moments += groups << 3
    from += size
    to += size
  }
}

/** Adds to the gradients of scale and shift; writes the gradient of the inputs unless `to` is 0. */
export function groupNormSlope(
  slope: usize, from: usize, rows: i32, positions: i32, channels: i32, groups: i32, scale: usize, moments: usize,
  scaleSlope: usize, shiftSlope: usize, to: usize, scratch: usize,
): void {
  const each = channels / groups
  const count = <f64>(positions * each)
  const sums = scratch
  const products = scratch + (channels << 3)
  const means = scratch + (channels << 4)
  const inverses = means + (channels << 2)
  const size = <usize>(positions * channels) << 2
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < groups; group++) {
      fillGroup(means, group, each, load<f32>(moments + (group << 3)))
      fillGroup(inverses, group, each, load<f32>(moments + (group << 3), 4))
    }
    slopeSums(slope, from, positions, channels, means, inverses, sums, products)
    for (let c = 0; c < channels; c++) {
      const sum = load<f64>(sums + (c << 3))
      const product = load<f64>(products + (c << 3))
      const at = <usize>(c << 2)
      store<f32>(shiftSlope + at, load<f32>(shiftSlope + at) + <f32>sum)
      store<f32>(scaleSlope + at, load<f32>(scaleSlope + at) + <f32>product)
      const own = <f64>load<f32>(scale + at)
      store<f64>(sums + (c << 3), sum * own)
      store<f64>(products + (c << 3), product * own)
    }
    if (to != 0) {
      for (let group = 0; group < groups; group++) {
        const a = <f32>(groupSum(sums, group, each) / count)
        const b = <f32>(groupSum(products, group, each) / count)
        // Reuses the places of the sums for the means of each channel's group.
        for (let c = group * each; c < (group + 1) * each; c++) {
          store<f32>(products + (c << 2), b)
          store<f32>(sums + (c << 2), a)
        }
      }
      applySlope(slope, from, positions, channels, means, inverses, scale, sums, products, to)
      to += size
    }
    moments += groups << 3
    slope += size
    from += size
  }
}

// @ts-ignore: decorator
@inline
function groupSum(sums: usize, group: i32, each: i32): f64 {
  let sum: f64 = 0
  for (let c = group * each; c < (group + 1) * each; c++) sum += load<f64>(sums + (c << 3))
  return sum
}

// @ts-ignore: decorator
@inline
function fillGroup(to: usize, group: i32, each: i32, value: f32): void {
  for (let c = group * each; c < (group + 1) * each; c++) store<f32>(to + (c << 2), value)
}

/** The sum over positions of x - mean, or of its square, for each channel. */
function channelSums(from: usize, positions: i32, channels: i32, means: usize, square: bool, sums: usize): void {
  const stride = <usize>(channels << 2)
  let c = 0
  for (; c + 4 <= channels; c += 4) {
    const mean = v128.load(means + (c << 2))
    let low = f64x2.splat(0)
    let high = f64x2.splat(0)
    let at = from + (c << 2)
    for (let p = 0; p < positions; p += BLOCK) {
      const end = min(BLOCK, positions - p)
      let part = f32x4.splat(0)
      for (let q = 0; q < end; q++, at += stride) {
        const off = f32x4.sub(v128.load(at), mean)
        part = f32x4.add(part, square ? f32x4.mul(off, off) : off)
      }
      low = f64x2.add(low, f64x2.promote_low_f32x4(part))
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(part, part, 2, 3, 2, 3)))
    }
    v128.store(sums + (c << 3), low)
    v128.store(sums + (c << 3), high, 16)
  }
  for (; c < channels; c++) {
    const mean = load<f32>(means + (c << 2))
    let sum: f64 = 0
    for (let p = 0, at = from + (c << 2); p < positions; p++, at += stride) {
      const off = load<f32>(at) - mean
      sum += <f64>(square ? off * off : off)
    }
    store<f64>(sums + (c << 3), sum)
  }
}

/** to = (x - mean) inverse scale + shift, then ReLU. */
function apply(
  from: usize, positions: i32, channels: i32, means: usize, inverses: usize, scale: usize, shift: usize, relu: bool, to: usize,
): void {
  const stride = <usize>(channels << 2)
  let c = 0
  for (; c + 4 <= channels; c += 4) {
    const at = <usize>(c << 2)
    const mean = v128.load(means + at)
    const inverse = v128.load(inverses + at)
    const scales = v128.load(scale + at)
    const shifts = v128.load(shift + at)
    // Without ReLU the floor is below all numbers.
    const floor = f32x4.splat(relu ? 0 : -Infinity)
    for (let p = 0, k = at; p < positions; p++, k += stride) {
      const value = f32x4.mul(f32x4.sub(v128.load(from + k), mean), inverse)
      v128.store(to + k, f32x4.pmax(f32x4.add(f32x4.mul(value, scales), shifts), floor))
    }
  }
  for (; c < channels; c++) {
    const at = <usize>(c << 2)
    const mean = load<f32>(means + at)
    const inverse = load<f32>(inverses + at)
    for (let p = 0, k = at; p < positions; p++, k += stride) {
      const value = (load<f32>(from + k) - mean) * inverse * load<f32>(scale + at) + load<f32>(shift + at)
      store<f32>(to + k, relu && value < 0 ? 0 : value)
    }
  }
}

/** The sums over positions of d and of d times the standardised input, for each channel. */
function slopeSums(
  slope: usize, from: usize, positions: i32, channels: i32, means: usize, inverses: usize, sums: usize, products: usize,
): void {
  const stride = <usize>(channels << 2)
  let c = 0
  for (; c + 4 <= channels; c += 4) {
    const mean = v128.load(means + (c << 2))
    const inverse = v128.load(inverses + (c << 2))
    let low = f64x2.splat(0)
    let high = f64x2.splat(0)
    let lowProduct = f64x2.splat(0)
    let highProduct = f64x2.splat(0)
    let k = <usize>(c << 2)
    for (let p = 0; p < positions; p += BLOCK) {
      const end = min(BLOCK, positions - p)
      let part = f32x4.splat(0)
      let product = f32x4.splat(0)
      for (let q = 0; q < end; q++, k += stride) {
        const d = v128.load(slope + k)
        const value = f32x4.mul(f32x4.sub(v128.load(from + k), mean), inverse)
        part = f32x4.add(part, d)
        product = f32x4.add(product, f32x4.mul(d, value))
      }
      low = f64x2.add(low, f64x2.promote_low_f32x4(part))
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(part, part, 2, 3, 2, 3)))
      lowProduct = f64x2.add(lowProduct, f64x2.promote_low_f32x4(product))
      highProduct = f64x2.add(highProduct, f64x2.promote_low_f32x4(v128.shuffle<f32>(product, product, 2, 3, 2, 3)))
    }
    v128.store(sums + (c << 3), low)
    v128.store(sums + (c << 3), high, 16)
    v128.store(products + (c << 3), lowProduct)
    v128.store(products + (c << 3), highProduct, 16)
  }
  for (; c < channels; c++) {
    const mean = load<f32>(means + (c << 2))
    const inverse = load<f32>(inverses + (c << 2))
    let sum: f64 = 0
    let product: f64 = 0
    for (let p = 0, k = <usize>(c << 2); p < positions; p++, k += stride) {
      const d = load<f32>(slope + k)
      sum += <f64>d
      product += <f64>(d * ((load<f32>(from + k) - mean) * inverse))
    }
    store<f64>(sums + (c << 3), sum)
    store<f64>(products + (c << 3), product)
  }
}

/** to = inverse (d scale - a - b times the standardised input). */
function applySlope(
  slope: usize, from: usize, positions: i32, channels: i32, means: usize, inverses: usize, scale: usize, a: usize, b: usize, to: usize,
): void {
  const stride = <usize>(channels << 2)
  let c = 0
  for (; c + 4 <= channels; c += 4) {
    const at = <usize>(c << 2)
    const mean = v128.load(means + at)
    const inverse = v128.load(inverses + at)
    const scales = v128.load(scale + at)
    const meanSlope = v128.load(a + at)
    const meanProduct = v128.load(b + at)
    for (let p = 0, k = at; p < positions; p++, k += stride) {
      const value = f32x4.mul(f32x4.sub(v128.load(from + k), mean), inverse)
      const d = f32x4.sub(f32x4.mul(v128.load(slope + k), scales), meanSlope)
      v128.store(to + k, f32x4.mul(inverse, f32x4.sub(d, f32x4.mul(value, meanProduct))))
    }
  }
  for (; c < channels; c++) {
    const at = <usize>(c << 2)
    const mean = load<f32>(means + at)
    const inverse = load<f32>(inverses + at)
    for (let p = 0, k = at; p < positions; p++, k += stride) {
      const value = (load<f32>(from + k) - mean) * inverse
      const d = load<f32>(slope + k) * load<f32>(scale + at) - load<f32>(a + at)
      store<f32>(to + k, inverse * (d - value * load<f32>(b + at)))
    }
  }
}
