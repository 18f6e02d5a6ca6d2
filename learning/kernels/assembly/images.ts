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
