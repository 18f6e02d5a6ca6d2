import type { Dataset } from '../datasets/dataset.ts'
import type { Layer, Model } from '../models/model.ts'
import { layerViews } from '../models/parameters.ts'

/** height x width x channels of a layer's output; 1 x 1 x outputs after a dense layer. */
export type Shape = readonly [height: number, width: number, channels: number]

export const sizeOf = ([height, width, channels]: Shape): number => height * width * channels

/** Stride of a residual's shortcut along each side, in pixels. */
export const shortcutStride = (from: Shape, to: Shape): number => Math.ceil(from[0] / to[0])

/**
 * The output shape of each layer of a model for the images of a data set, in order. Throws RangeError if a layer does
 * not fit its input, or if the number of classes or parameters is wrong.
 */
export function outputShapes(model: Model, { name, classes, train }: Dataset): Shape[] {
  const misfit = (layer: string, need: string, shape: Shape) =>
    new RangeError(
      `${model.name} does not fit ${name}, images of ${train.shape.join('x')}: layer ${layer}, needs ${need}, got ` +
        shape.join('x'),
    )
  const shapes = chainShapes(model.layers, train.shape, misfit)
  const last = shapes.at(-1) ?? train.shape
  if (model.classes !== classes || sizeOf(last) !== classes) {
    throw new RangeError(`${model.name} has ${model.classes} classes, ${name} has ${classes}`)
  }
  layerViews(model, new Float32Array(model.parameterCount))
  return shapes
}

/** The output shapes of layers for inputs of shape `start`. `misfit` makes the error if a layer does not fit. */
export function chainShapes(
  layers: readonly Layer[],
  start: Shape,
  misfit: (layer: string, need: string, shape: Shape) => Error = (layer, need) =>
    new RangeError(`layer ${layer} needs ${need}`),
): Shape[] {
  let shape = start
  return layers.map((layer, i) => {
    const next =
      layer.kind === 'residual'
        ? residualShape(
            shape,
            chainShapes(layer.layers, shape, (inner, need, got) => misfit(`${i}.${inner}`, need, got)),
          )
        : outputShape(layer, shape)
    if (!next || next.some((side) => side < 1)) throw misfit(`${i}, ${layer.kind}`, needOf(layer), shape)
    shape = next
    return shape
  })
}

function residualShape(from: Shape, inside: readonly Shape[]): Shape | undefined {
  const to = inside.at(-1) ?? from
  const stride = shortcutStride(from, to)
  const strided = Math.ceil(from[0] / stride) === to[0] && Math.ceil(from[1] / stride) === to[1]
  return strided && to[2] >= from[2] ? to : undefined
}

function outputShape(layer: Exclude<Layer, { kind: 'residual' }>, shape: Shape): Shape | undefined {
  const [height, width, channels] = shape
  switch (layer.kind) {
    case 'relu':
      return shape
    case 'flatten':
      return [1, 1, sizeOf(shape)]
    case 'dense':
      return sizeOf(shape) === layer.inputs ? [1, 1, layer.outputs] : undefined
    case 'group-norm':
      return channels === layer.channels && channels % layer.groups === 0 ? shape : undefined
    case 'convolution': {
      if (channels !== layer.inputs) return undefined
      const { kernel, stride = 1, padding = 0 } = layer
      const steps = (side: number) => Math.floor((side + 2 * padding - kernel) / stride) + 1
      return [steps(height), steps(width), layer.outputs]
    }
    case 'max-pool':
    case 'average-pool':
      return [Math.floor(height / layer.size), Math.floor(width / layer.size), channels]
    case 'global-average-pool':
      return [1, 1, channels]
  }
}

function needOf(layer: Layer): string {
  if (layer.kind === 'dense') return `${layer.inputs} numbers`
  if (layer.kind === 'convolution') {
    return `${layer.inputs} channels and sides of at least ${layer.kernel - 2 * (layer.padding ?? 0)}`
  }
  if (layer.kind === 'group-norm') return `${layer.channels} channels in ${layer.groups} equal groups`
  if (layer.kind === 'residual') return 'inner layers that keep or divide the sides and do not remove channels'
  return 'size' in layer ? `sides of at least ${layer.size}` : 'anything'
}
