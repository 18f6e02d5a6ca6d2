import { type Shape, sizeOf } from './shapes.ts'
import type { Tensor, TensorLibrary } from './tensor-library.ts'

/**
 * Convolutions and pools out of slices and products, forward and backward: the wasm backend has no gradient of a
 * convolution's filter (tfjs#8474). Tensors between layers are rows x (height width channels).
 */

/** Patches of kernel x kernel as rows: (rows height' width') x (kernel kernel channels). */
export function patchesOf(tf: TensorLibrary, input: Tensor, from: Shape, to: Shape, kernel: number): Tensor {
  const rows = input.shape[0] as number
  const [, , channels] = from
  const images = tf.reshape(input, [rows, ...from])
  const pieces = places(kernel).map(([i, j]) =>
    tf.reshape(tf.slice(images, [0, i, j, 0], [rows, to[0], to[1], channels]), [rows * to[0] * to[1], channels]),
  )
  return tf.concat(pieces, 1)
}

/** The slope of the images from that of their patches. */
export function imagesSlope(tf: TensorLibrary, slope: Tensor, from: Shape, to: Shape, kernel: number): Tensor {
  const [height, width, channels] = from
  const patches = slope.shape[0] as number
  const rows = patches / (to[0] * to[1])
  const parts = places(kernel).map(([i, j], at) => {
    const part = tf.slice(slope, [0, at * channels], [patches, channels])
    return tf.pad(tf.reshape(part, [rows, to[0], to[1], channels]), [
      [0, 0],
      [i, height - to[0] - i],
      [j, width - to[1] - j],
      [0, 0],
    ])
  })
  return tf.reshape(
    parts.reduce((sum, part) => tf.add(sum, part)),
    [rows, sizeOf(from)],
  )
}

type Pool = { readonly kind: 'max-pool' | 'average-pool'; readonly size: number }

export function pool(tf: TensorLibrary, { kind, size }: Pool, input: Tensor, from: Shape, to: Shape): Tensor {
  const windows = windowsOf(tf, input, from, to, size)
  const pooled = kind === 'max-pool' ? tf.max(windows, [1, 3], false) : tf.mean(windows, [1, 3])
  return tf.reshape(pooled, [input.shape[0] as number, sizeOf(to)])
}

/** Choices: equal largest numbers of a window all get its slope; our own engine gives it to the first. */
export function poolSlope(
  tf: TensorLibrary,
  { kind, size }: Pool,
  { input, slope }: { readonly input: Tensor; readonly slope: Tensor },
  from: Shape,
  to: Shape,
): Tensor {
  const [height, width, channels] = from
  const rows = input.shape[0] as number
  const each = tf.reshape(slope, [rows * to[0], 1, to[1], 1, channels])
  let spread = tf.tile(each, [1, size, 1, size, 1])
  if (kind === 'max-pool') {
    const windows = windowsOf(tf, input, from, to, size)
    spread = tf.mul(spread, tf.cast(tf.equal(windows, tf.max(windows, [1, 3], true)), 'float32'))
  } else {
    spread = tf.mul(spread, 1 / size ** 2)
  }
  const images = tf.reshape(spread, [rows, to[0] * size, to[1] * size, channels])
  const padded = tf.pad(images, [
    [0, 0],
    [0, height - to[0] * size],
    [0, width - to[1] * size],
    [0, 0],
  ])
  return tf.reshape(padded, [rows, sizeOf(from)])
}

/** Inputs with mean 0 and variance 1 in each group, (rows height width) x channels, and 1 / deviation of each group. */
export function standardise(tf: TensorLibrary, input: Tensor, from: Shape, groups: number) {
  const [height, width, channels] = from
  const rows = input.shape[0] as number
  const grouped = tf.reshape(input, [rows, height * width, groups, channels / groups])
  const off = tf.sub(grouped, tf.mean(grouped, [1, 3], true))
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.mul(off, off), [1, 3], true), 1e-5))
  return { centred: tf.reshape(tf.mul(off, inverse), [rows * height * width, channels]), inverse }
}

/** Slopes of a group normalisation: of its scales and shifts (channels) and of its inputs. */
export function groupNormSlope(
  tf: TensorLibrary,
  { input, slope, weight }: { readonly input: Tensor; readonly slope: Tensor; readonly weight: Tensor },
  from: Shape,
  groups: number,
) {
  const [height, width, channels] = from
  const rows = input.shape[0] as number
  const { centred, inverse } = standardise(tf, input, from, groups)
  const flat = tf.reshape(slope, [rows * height * width, channels])
  const grouped = (tensor: Tensor) => tf.reshape(tensor, [rows, height * width, groups, channels / groups])
  const scaled = grouped(tf.mul(flat, weight))
  const values = grouped(centred)
  const mean = tf.mean(scaled, [1, 3], true)
  const along = tf.mul(values, tf.mean(tf.mul(scaled, values), [1, 3], true))
  return {
    weight: tf.sum(tf.mul(flat, centred), 0),
    bias: tf.sum(flat, 0),
    input: tf.reshape(tf.mul(tf.sub(tf.sub(scaled, mean), along), inverse), [rows, sizeOf(from)]),
  }
}

/** (rows height') x size x width' x size x channels. */
function windowsOf(tf: TensorLibrary, input: Tensor, from: Shape, to: Shape, size: number): Tensor {
  const rows = input.shape[0] as number
  const images = tf.reshape(input, [rows, ...from])
  const used = tf.slice(images, [0, 0, 0, 0], [rows, to[0] * size, to[1] * size, from[2]])
  return tf.reshape(used, [rows * to[0], size, to[1], size, from[2]])
}

/** Every row and column of a kernel, row by row. */
function places(kernel: number): [row: number, column: number][] {
  return Array.from({ length: kernel ** 2 }, (_, at) => [Math.floor(at / kernel), at % kernel])
}
