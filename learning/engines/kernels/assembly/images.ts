// Kernels over images: height x width x channels, row-major.

/**
 * Adds the gradient of patches (rows x columns) to that of the images: to[rowOffsets[i] + columnOffsets[k]] +=
 * patches[i, k], with offsets in bytes. Does not clear `to`.
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
 * Largest number of each of the adjacent windows of k x k; ignores the rest at the far edges. Writes its byte offset in
 * `from` to `where`. Ties go to the first.
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

/** The gradient of the inputs (`numbers`) from that of the windows (`windows`): the largest number gets all of it. */
export function maxPoolSlope(slope: usize, where: usize, windows: i32, to: usize, numbers: i32): void {
  memory.fill(to, 0, <usize>numbers << 2)
  for (let i = 0; i < windows; i++) {
    store<f32>(to + load<u32>(where), load<f32>(slope))
    slope += 4
    where += 4
  }
}

/** Mean of each of the adjacent windows of k x k; ignores the rest at the far edges. */
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

/** The gradient of the inputs of averagePool: each number of a window gets an equal share. */
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

/** The mean of each channel over the positions of an image: rows x channels. */
export function globalAveragePool(from: usize, rows: i32, positions: i32, channels: i32, to: usize): void {
  const share = <f32>1 / <f32>positions
  memory.fill(to, 0, <usize>(rows * channels) << 2)
  for (let row = 0; row < rows; row++) {
    for (let p = 0; p < positions; p++) {
      for (let c = 0; c < channels; c++) {
        const at = to + (c << 2)
        store<f32>(at, load<f32>(at) + load<f32>(from))
        from += 4
      }
    }
    for (let c = 0; c < channels; c++) {
      store<f32>(to, load<f32>(to) * share)
      to += 4
    }
  }
}

/** The gradient of the inputs of globalAveragePool. */
export function globalAveragePoolSlope(slope: usize, rows: i32, positions: i32, channels: i32, to: usize): void {
  const share = <f32>1 / <f32>positions
  for (let row = 0; row < rows; row++) {
    for (let p = 0; p < positions; p++) {
      for (let c = 0; c < channels; c++) {
        store<f32>(to, load<f32>(slope + (c << 2)) * share)
        to += 4
      }
    }
    slope += channels << 2
  }
}

/** Copies images into the middle of larger ones, with `padding` rows and columns of zeros on each side. */
export function pad(from: usize, rows: i32, height: i32, width: i32, channels: i32, padding: i32, to: usize): void {
  const line = <usize>(width * channels) << 2
  const side = <usize>(padding * channels) << 2
  const edge = (line + 2 * side) * padding
  for (let row = 0; row < rows; row++) {
    memory.fill(to, 0, edge + side)
    to += edge + side
    for (let i = 0; i < height; i++) {
      memory.copy(to, from, line)
      from += line
      to += line
      memory.fill(to, 0, 2 * side)
      to += 2 * side
    }
    memory.fill(to, 0, edge - side)
    to += edge - side
  }
}

/** Copies images of height x width out of the middle of larger ones. */
export function crop(from: usize, rows: i32, height: i32, width: i32, channels: i32, padding: i32, to: usize): void {
  const line = <usize>(width * channels) << 2
  const side = <usize>(padding * channels) << 2
  const edge = (line + 2 * side) * padding
  for (let row = 0; row < rows; row++) {
    from += edge + side
    for (let i = 0; i < height; i++) {
      memory.copy(to, from, line)
      to += line
      from += line + 2 * side
    }
    from += edge - side
  }
}

/**
 * Makes the weights of the convolution from output gradients to input gradients (kernel x kernel x outputs x inputs).
 * They are the weights (kernel x kernel x inputs x outputs) turned by half a turn, with inputs and outputs exchanged.
 */
export function turnWeights(weights: usize, kernel: i32, inputs: i32, outputs: i32, to: usize): void {
  const places = kernel * kernel
  for (let place = places - 1; place >= 0; place--) {
    const from = weights + ((place * inputs * outputs) << 2)
    for (let o = 0; o < outputs; o++) {
      for (let c = 0; c < inputs; c++) {
        store<f32>(to, load<f32>(from + ((c * outputs + o) << 2)))
        to += 4
      }
    }
  }
}

/**
 * Adds every `stride`-th pixel of every `stride`-th row of images (height x width x channels) to `to`, then ReLU with
 * `relu`. `to` has `wide` channels, at least as many; it adds nothing to the others.
 */
export function addShortcut(
  from: usize, rows: i32, height: i32, width: i32, channels: i32, stride: i32, to: usize, wide: i32, relu: bool,
): void {
  const zero = f32x4.splat(0)
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < height; i += stride) {
      for (let j = 0; j < width; j += stride) {
        let pixel = from + (((row * height + i) * width + j) * channels << 2)
        let c = 0
        for (; c + 4 <= channels; c += 4) {
          const sum = f32x4.add(v128.load(to), v128.load(pixel))
          v128.store(to, relu ? f32x4.pmax(sum, zero) : sum)
          pixel += 16
          to += 16
        }
        for (; c < wide; c++) {
          let sum = load<f32>(to)
          if (c < channels) sum += load<f32>(pixel)
          store<f32>(to, relu && sum < 0 ? 0 : sum)
          pixel += 4
          to += 4
        }
      }
    }
  }
}

/** Adds the gradient of the sum to the gradient of these pixels. */
export function addShortcutSlope(
  slope: usize, rows: i32, height: i32, width: i32, channels: i32, stride: i32, wide: i32, to: usize,
): void {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < height; i += stride) {
      for (let j = 0; j < width; j += stride) {
        const pixel = to + (((row * height + i) * width + j) * channels << 2)
        let c = 0
        for (; c + 4 <= channels; c += 4) {
          const at = pixel + (c << 2)
          v128.store(at, f32x4.add(v128.load(at), v128.load(slope + (c << 2))))
        }
        for (; c < channels; c++) {
          const at = pixel + (c << 2)
          store<f32>(at, load<f32>(at) + load<f32>(slope + (c << 2)))
        }
        slope += wide << 2
      }
    }
  }
}
