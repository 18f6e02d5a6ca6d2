import type { Dataset } from '#learning/datasets/dataset.ts'
import { chainShapes, type Shape } from '#learning/engines/shapes.ts'
import type { Layer, Model } from '#learning/models/model.ts'

/** Mean cross entropy of training examples in float64, straight from the definitions of the layers. */
export function referenceLoss(
  model: Model,
  dataset: Dataset,
  parameters: ArrayLike<number>,
  batch: Uint32Array,
): number {
  const { train, normalisation } = dataset
  const size = train.shape[0] * train.shape[1] * train.shape[2]
  let total = 0
  for (const index of batch) {
    const pixels = train.images.subarray(index * size, (index + 1) * size)
    let values = [...pixels].map((pixel) => (pixel / 255 - normalisation.mean) / normalisation.deviation)
    let offset = 0
    const take = (count: number) => Array.from({ length: count }, () => parameters[offset++] as number)
    values = applyAll(model.layers, values, take, train.shape)
    const wanted = values[train.labels[index] as number] as number
    total += Math.log(values.reduce((sum, value) => sum + Math.exp(value - wanted), 0))
  }
  return total / batch.length
}

type Take = (count: number) => number[]

function applyAll(layers: readonly Layer[], values: number[], take: Take, start: Shape): number[] {
  const shapes = [start, ...chainShapes(layers, start)]
  return layers.reduce((now, layer, i) => apply(layer, now, take, shapes[i] as Shape, shapes[i + 1] as Shape), values)
}

function apply(layer: Layer, values: number[], take: Take, from: Shape, to: Shape): number[] {
  const at = (row: number, column: number, channel: number) =>
    values[(row * from[1] + column) * from[2] + channel] as number
  const map = (number: (row: number, column: number, channel: number) => number) =>
    Array.from({ length: to[0] * to[1] * to[2] }, (_, k) =>
      number(Math.floor(k / to[2] / to[1]), Math.floor(k / to[2]) % to[1], k % to[2]),
    )
  switch (layer.kind) {
    case 'flatten':
      return values
    case 'relu':
      return values.map((value) => Math.max(0, value))
    case 'group-norm': {
      const scale = take(layer.channels)
      const shift = take(layer.channels)
      const each = layer.channels / layer.groups
      const moments = Array.from({ length: layer.groups }, (_, group) => {
        const own = values.filter((_, k) => Math.floor((k % layer.channels) / each) === group)
        const mean = own.reduce((a, b) => a + b) / own.length
        return { mean, variance: own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length }
      })
      return map((row, column, channel) => {
        const { mean, variance } = moments[Math.floor(channel / each)] as (typeof moments)[number]
        const value = (at(row, column, channel) - mean) / Math.sqrt(variance + 1e-5)
        return value * (scale[channel] as number) + (shift[channel] as number)
      })
    }
    case 'convolution': {
      const { stride = 1, padding = 0 } = layer
      const weights = take(layer.kernel ** 2 * layer.inputs * layer.outputs)
      const bias = take(layer.bias === 'none' ? 0 : layer.outputs)
      const inside = (row: number, column: number) => row >= 0 && row < from[0] && column >= 0 && column < from[1]
      return map((row, column, output) => {
        let sum = bias[output] ?? 0
        for (let i = 0; i < layer.kernel; i++) {
          for (let j = 0; j < layer.kernel; j++) {
            for (let c = 0; c < layer.inputs; c++) {
              const weight = ((i * layer.kernel + j) * layer.inputs + c) * layer.outputs + output
              const [y, x] = [stride * row + i - padding, stride * column + j - padding]
              if (inside(y, x)) sum += at(y, x, c) * (weights[weight] as number)
            }
          }
        }
        return sum
      })
    }
    case 'max-pool':
    case 'average-pool': {
      const { size } = layer
      return map((row, column, channel) => {
        const window = Array.from({ length: size * size }, (_, k) =>
          at(row * size + Math.floor(k / size), column * size + (k % size), channel),
        )
        return layer.kind === 'max-pool' ? Math.max(...window) : window.reduce((a, b) => a + b) / window.length
      })
    }
    case 'global-average-pool':
      return map((_, __, channel) => {
        const channelValues = values.filter((_, k) => k % from[2] === channel)
        return channelValues.reduce((a, b) => a + b) / channelValues.length
      })
    case 'residual': {
      const branch = applyAll(layer.layers, values, take, from)
      const stride = Math.round(from[0] / to[0])
      return map((row, column, channel) => {
        const shortcut = channel < from[2] ? at(row * stride, column * stride, channel) : 0
        return (branch[(row * to[1] + column) * to[2] + channel] as number) + shortcut
      })
    }
    case 'dense': {
      const weights = take(layer.inputs * layer.outputs)
      return take(layer.outputs).map((bias, o) =>
        values.reduce((sum, value, i) => sum + value * (weights[i * layer.outputs + o] as number), bias),
      )
    }
  }
}

/** Derivatives of the reference loss by central differences. */
export function numericGradient(
  model: Model,
  dataset: Dataset,
  parameters: Float32Array,
  batch: Uint32Array,
): Float64Array {
  const shifted = Float64Array.from(parameters)
  const step = 1e-5
  return Float64Array.from(parameters, (own, k) => {
    shifted[k] = own + step
    const above = referenceLoss(model, dataset, shifted, batch)
    shifted[k] = own - step
    const below = referenceLoss(model, dataset, shifted, batch)
    shifted[k] = own
    return (above - below) / (2 * step)
  })
}
