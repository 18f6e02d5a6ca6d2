import { type Shape, shortcutStride, sizeOf } from './shapes.ts'
import type { Tensor, TensorLibrary } from './tensor-library.ts'

/**
 * Convolutions and pools from slices and products, forward and backward: the wasm backend lacks the gradient of a
 * convolution's filter (tfjs#8474). Tensors between layers are rows x (height width channels).
 */

/** The patches of a convolution. */
export interface Walk {
  readonly kernel: number
  readonly stride?: number
  readonly padding?: number
}

/** Patches of kernel x kernel as rows: (rows height' width') x (kernel kernel channels). */
export function patchesOf(tf: TensorLibrary, input: Tensor, from: Shape, to: Shape, walk: Walk): Tensor {
  const { kernel, stride = 1 } = walk
  const rows = input.shape[0] as number
  const channels = from[2]
  const images = padded(tf, tf.reshape(input, [rows, ...from]), margins(from, to, walk))
  const pieces = places(kernel).map(([i, j]) => {
    const seen = tf.slice(images, [0, i, j, 0], [rows, to[0] * stride, to[1] * stride, channels])
    return tf.reshape(everyPixel(tf, seen, stride), [rows * to[0] * to[1], channels])
  })
  return tf.concat(pieces, 1)
}

/** The gradient of the images from the gradient of their patches. */
export function imagesSlope(tf: TensorLibrary, slope: Tensor, from: Shape, to: Shape, walk: Walk): Tensor {
  const { kernel, stride = 1, padding = 0 } = walk
  const [height, width, channels] = from
  const patches = slope.shape[0] as number
  const rows = patches / (to[0] * to[1])
  const [, [, below], [, right]] = margins(from, to, walk)
  const [tall, broad] = [padding + height + below, padding + width + right]
  const parts = places(kernel).map(([i, j], at) => {
    const part = tf.reshape(tf.slice(slope, [0, at * channels], [patches, channels]), [rows, to[0], to[1], channels])
    return tf.pad(spread(tf, part, stride), [
      [0, 0],
      [i, tall - to[0] * stride - i],
      [j, broad - to[1] * stride - j],
      [0, 0],
    ])
  })
  const sum = parts.reduce((total, part) => tf.add(total, part))
  const whole = tall === height && broad === width
  const images = whole ? sum : tf.slice(sum, [0, padding, padding, 0], [rows, height, width, channels])
  return tf.reshape(images, [rows, sizeOf(from)])
}

type Margins = [[number, number], [number, number], [number, number], [number, number]]

/** Pads images; does not copy them if there is nothing to add. */
function padded(tf: TensorLibrary, images: Tensor, around: Margins): Tensor {
  return around.flat().some((zeros) => zeros > 0) ? tf.pad(images, around) : images
}

/** Zeros around the images, with enough below and to the right for whole strides at every kernel position. */
function margins(from: Shape, to: Shape, { kernel, stride = 1, padding = 0 }: Walk): Margins {
  const beyond = (side: number, steps: number) => Math.max(0, kernel - 1 + steps * stride - side - padding)
  return [
    [0, 0],
    [padding, beyond(from[0], to[0])],
    [padding, beyond(from[1], to[1])],
    [0, 0],
  ]
}

/** The first pixel of each block of stride x stride; the sides of the images are multiples of the stride. */
export function everyPixel(tf: TensorLibrary, images: Tensor, stride: number): Tensor {
  if (stride === 1) return images
  const [rows, height, width, channels] = images.shape as [number, number, number, number]
  const [h, w] = [height / stride, width / stride]
  const lines = tf.slice(
    tf.reshape(images, [rows * h, stride * width * channels]),
    [0, 0],
    [rows * h, width * channels],
  )
  const pixels = tf.slice(tf.reshape(lines, [rows * h * w, stride * channels]), [0, 0], [rows * h * w, channels])
  return tf.reshape(pixels, [rows, h, w, channels])
}

/** The reverse of `everyPixel`: each pixel becomes the first of a block of stride x stride zeros. */
export function spread(tf: TensorLibrary, images: Tensor, stride: number): Tensor {
  if (stride === 1) return images
  const [rows, height, width, channels] = images.shape as [number, number, number, number]
  const behind = (tensor: Tensor, zeros: number) =>
    tf.pad(tensor, [
      [0, 0],
      [0, zeros],
    ])
  const pixels = behind(tf.reshape(images, [rows * height * width, channels]), (stride - 1) * channels)
  const line = stride * width * channels
  const lines = behind(tf.reshape(pixels, [rows * height, line]), (stride - 1) * line)
  return tf.reshape(lines, [rows, height * stride, width * stride, channels])
}

/** A residual's shortcut: every stride-th pixel, with zeros for added channels. */
export function shortcut(tf: TensorLibrary, input: Tensor, from: Shape, to: Shape): Tensor {
  const rows = input.shape[0] as number
  const stride = shortcutStride(from, to)
  const images = padded(tf, tf.reshape(input, [rows, ...from]), [
    [0, 0],
    [0, to[0] * stride - from[0]],
    [0, to[1] * stride - from[1]],
    [0, to[2] - from[2]],
  ])
  return tf.reshape(everyPixel(tf, images, stride), [rows, sizeOf(to)])
}

/** The gradient of the image from the gradient of its shortcut. */
export function shortcutSlope(tf: TensorLibrary, slope: Tensor, from: Shape, to: Shape): Tensor {
  const rows = slope.shape[0] as number
  const images = spread(tf, tf.reshape(slope, [rows, ...to]), shortcutStride(from, to))
  return tf.reshape(tf.slice(images, [0, 0, 0, 0], [rows, ...from]), [rows, sizeOf(from)])
}

type Pool = { readonly kind: 'max-pool' | 'average-pool'; readonly size: number }

export function pool(tf: TensorLibrary, { kind, size }: Pool, input: Tensor, from: Shape, to: Shape): Tensor {
  const windows = windowsOf(tf, input, from, to, size)
  const pooled = kind === 'max-pool' ? tf.max(windows, [1, 3], false) : tf.mean(windows, [1, 3])
  return tf.reshape(pooled, [input.shape[0] as number, sizeOf(to)])
}

/**
 * The gradient of a pool's inputs. Choices: if several numbers of a window are the largest, each gets the window's
 * gradient; our own engine gives it to the first.
 */
export function poolSlope(
  tf: TensorLibrary,
  { kind, size }: Pool,
  { input, slope }: { readonly input: Tensor; readonly slope: Tensor },
  from: Shape,
  to: Shape,
): Tensor {
  const [height, width, channels] = from
  const rows = input.shape[0] as number
  let shares = everyWindow(tf, tf.reshape(slope, [rows, ...to]), size)
  if (kind === 'max-pool') {
    const windows = windowsOf(tf, input, from, to, size)
    shares = tf.mul(shares, tf.cast(tf.equal(windows, tf.max(windows, [1, 3], true)), 'float32'))
  } else {
    shares = tf.mul(shares, 1 / size ** 2)
  }
  const images = tf.reshape(shares, [rows, to[0] * size, to[1] * size, channels])
  const padded = tf.pad(images, [
    [0, 0],
    [0, height - to[0] * size],
    [0, width - to[1] * size],
    [0, 0],
  ])
  return tf.reshape(padded, [rows, sizeOf(from)])
}

/**
 * Copies each number to all places of its window: (rows height') x size x width' x size x channels. Tiles two
 * dimensions at a time: the webgpu backend reads tiles of five dimensions synchronously, which loses the device.
 */
function everyWindow(tf: TensorLibrary, images: Tensor, size: number): Tensor {
  const [rows, height, width, channels] = images.shape as [number, number, number, number]
  const across = tf.tile(tf.reshape(images, [rows * height * width, channels]), [1, size])
  const down = tf.tile(tf.reshape(across, [rows * height, width * size * channels]), [1, size])
  return tf.reshape(down, [rows * height, size, width, size, channels])
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

/** Gradients of a group normalisation: of its scales and shifts (channels) and of its inputs. */
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

/** All positions in a kernel, row by row. */
function places(kernel: number): [row: number, column: number][] {
  return Array.from({ length: kernel ** 2 }, (_, at) => [Math.floor(at / kernel), at % kernel])
}
