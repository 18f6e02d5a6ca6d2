// Kernels over images: height x width x channels, row-major.

/**
 * Scatters the slope of patches back: to[rowOffsets[i] + columnOffsets[k]] += patches[i, k] (rows x columns), offsets
 * in bytes. `to` is not cleared.
 */
export function addPatches(
  patches: usize, rows: i32, columns: i32, rowOffsets: usize, columnOffsets: usize, to: usize,
): void {
  for (let i = 0; i < rows; i++) {
    const row = to + load<u32>(rowOffsets + (i << 2))
    let k = 0
    for (; k + 4 <= columns; k += 4) {
      const first = load<u32>(columnOffsets + (k << 2))
      if (load<u32>(columnOffsets + (k << 2), 12) == first + 12) {
        const at = row + first
        v128.store(at, f32x4.add(v128.load(at), v128.load(patches)))
      } else {
        for (let q = 0; q < 4; q++) {
          const at = row + load<u32>(columnOffsets + ((k + q) << 2))
          store<f32>(at, load<f32>(at) + load<f32>(patches + (q << 2)))
        }
      }
      patches += 16
    }
    for (; k < columns; k++) {
      const at = row + load<u32>(columnOffsets + (k << 2))
      store<f32>(at, load<f32>(at) + load<f32>(patches))
      patches += 4
    }
  }
}

/**
 * Largest number of each window of k x k, windows side by side, the rest at the edges left out; `where` keeps the
 * byte offset of each in `from`. Ties go to the first.
 */
export function maxPool(
  from: usize, rows: i32, height: i32, width: i32, channels: i32, k: i32, to: usize, where: usize,
): void {
  const h = height / k
  const w = width / k
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        const corner = ((row * height + i * k) * width + j * k) * channels
        let c = 0
        for (; c + 4 <= channels; c += 4) {
          let best = v128.load(from + ((corner + c) << 2))
          let at = i32x4.splat((corner + c) << 2)
          for (let r = 0; r < k; r++) {
            for (let q = 0; q < k; q++) {
              const offset = (corner + (r * width + q) * channels + c) << 2
              const value = v128.load(from + offset)
              const above = f32x4.gt(value, best)
              best = v128.bitselect(value, best, above)
              at = v128.bitselect(i32x4.splat(offset), at, above)
            }
          }
          v128.store(to, best)
          v128.store(where, i32x4.add(at, i32x4(0, 4, 8, 12)))
          to += 16
          where += 16
        }
        for (; c < channels; c++) {
          let at = (corner + c) << 2
          let best = load<f32>(from + at)
          for (let r = 0; r < k; r++) {
            for (let q = 0; q < k; q++) {
              const offset = (corner + (r * width + q) * channels + c) << 2
              const value = load<f32>(from + offset)
              if (value > best) {
                best = value
                at = offset
              }
            }
          }
          store<f32>(to, best)
          store<i32>(where, at)
          to += 4
          where += 4
        }
      }
    }
  }
}

/** The slope of the inputs (`numbers`) from that of the windows (`windows`): all of it goes to the largest. */
export function maxPoolSlope(slope: usize, where: usize, windows: i32, to: usize, numbers: i32): void {
  memory.fill(to, 0, <usize>numbers << 2)
  for (let i = 0; i < windows; i++) {
    store<f32>(to + load<u32>(where), load<f32>(slope))
    slope += 4
    where += 4
  }
}

/** Mean of each window of k x k, windows side by side, the rest at the edges left out. */
export function averagePool(from: usize, rows: i32, height: i32, width: i32, channels: i32, k: i32, to: usize): void {
  const h = height / k
  const w = width / k
  const share = <f32>1 / <f32>(k * k)
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        const corner = ((row * height + i * k) * width + j * k) * channels
        for (let c = 0; c < channels; c++) {
          let sum: f32 = 0
          for (let r = 0; r < k; r++) {
            for (let q = 0; q < k; q++) sum += load<f32>(from + ((corner + (r * width + q) * channels + c) << 2))
          }
          store<f32>(to, sum * share)
          to += 4
        }
      }
    }
  }
}

/** The slope of the inputs of averagePool: each window's is shared out evenly. */
export function averagePoolSlope(
  slope: usize, rows: i32, height: i32, width: i32, channels: i32, k: i32, to: usize,
): void {
  memory.fill(to, 0, <usize>(rows * height * width * channels) << 2)
  const h = height / k
  const w = width / k
  const share = <f32>1 / <f32>(k * k)
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        const corner = ((row * height + i * k) * width + j * k) * channels
        for (let c = 0; c < channels; c++) {
          const value = load<f32>(slope) * share
          for (let r = 0; r < k; r++) {
            for (let q = 0; q < k; q++) store<f32>(to + ((corner + (r * width + q) * channels + c) << 2), value)
          }
          slope += 4
        }
      }
    }
  }
}

/**
 * Group normalisation (Wu and He 2018, https://arxiv.org/abs/1803.08494, equation 1): the channels of a row fall into
 * `groups` groups, each gets mean 0 and variance 1, then scale and shift by channel. `moments` keeps mean and
 * 1 / deviation (rows x groups x 2). Sums in float64.
 */
export function groupNorm(
  from: usize, rows: i32, positions: i32, channels: i32, groups: i32, scale: usize, shift: usize, to: usize, moments: usize,
): void {
  const each = channels / groups
  const count = <f64>(positions * each)
  const stride = <usize>(channels << 2)
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < groups; group++) {
      const first = <usize>((row * positions * channels + group * each) << 2)
      let sum: f64 = 0
      for (let p = 0, at = from + first; p < positions; p++, at += stride) {
        for (let c = 0; c < each; c++) sum += <f64>load<f32>(at + (c << 2))
      }
      const mean = sum / count
      sum = 0
      for (let p = 0, at = from + first; p < positions; p++, at += stride) {
        for (let c = 0; c < each; c++) {
          const off = <f64>load<f32>(at + (c << 2)) - mean
          sum += off * off
        }
      }
      const inverse = <f32>(1 / Math.sqrt(sum / count + 1e-5))
      store<f32>(moments, <f32>mean)
      store<f32>(moments, inverse, 4)
      moments += 8
      for (let p = 0, at = first; p < positions; p++, at += stride) {
        for (let c = 0; c < each; c++) {
          const channel = <usize>((group * each + c) << 2)
          const value = (load<f32>(from + at + (c << 2)) - <f32>mean) * inverse
          store<f32>(to + at + (c << 2), value * load<f32>(scale + channel) + load<f32>(shift + channel))
        }
      }
    }
  }
}

/** Adds to the slopes of scale and shift; writes the slope of the inputs unless `to` is 0. */
export function groupNormSlope(
  slope: usize, from: usize, rows: i32, positions: i32, channels: i32, groups: i32, scale: usize, moments: usize,
  scaleSlope: usize, shiftSlope: usize, to: usize,
): void {
  const each = channels / groups
  const count = <f64>(positions * each)
  const stride = <usize>(channels << 2)
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < groups; group++) {
      const first = <usize>((row * positions * channels + group * each) << 2)
      const mean = load<f32>(moments)
      const inverse = load<f32>(moments, 4)
      moments += 8
      let sum: f64 = 0
      let product: f64 = 0
      for (let p = 0, at = first; p < positions; p++, at += stride) {
        for (let c = 0; c < each; c++) {
          const channel = <usize>((group * each + c) << 2)
          const d = load<f32>(slope + at + (c << 2))
          const value = (load<f32>(from + at + (c << 2)) - mean) * inverse
          store<f32>(scaleSlope + channel, load<f32>(scaleSlope + channel) + d * value)
          store<f32>(shiftSlope + channel, load<f32>(shiftSlope + channel) + d)
          const scaled = <f64>d * <f64>load<f32>(scale + channel)
          sum += scaled
          product += scaled * <f64>value
        }
      }
      if (to == 0) continue
      const a = <f32>(sum / count)
      const b = <f32>(product / count)
      for (let p = 0, at = first; p < positions; p++, at += stride) {
        for (let c = 0; c < each; c++) {
          const scaled = load<f32>(slope + at + (c << 2)) * load<f32>(scale + <usize>((group * each + c) << 2))
          const value = (load<f32>(from + at + (c << 2)) - mean) * inverse
          store<f32>(to + at + (c << 2), inverse * (scaled - a - value * b))
        }
      }
    }
  }
}
