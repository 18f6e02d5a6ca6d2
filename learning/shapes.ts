import type { Dataset } from './dataset.ts'
import type { Layer, Model } from './model.ts'
import { layerViews } from './parameters.ts'

/** height x width x channels of what flows between layers; 1 x 1 x outputs after a dense layer. */
export type Shape = readonly [height: number, width: number, channels: number]

export const sizeOf = ([height, width, channels]: Shape): number => height * width * channels

/**
 * What each layer of a model makes of the images of a data set, in order. Throws RangeError where a layer does not
 * fit what it gets, or the logits or the parameters do not fit the model.
 */
export function outputShapes(model: Model, { name, classes, train }: Dataset): Shape[] {
  let shape: Shape = train.shape
  const shapes = model.layers.map((layer, i) => {
    const next = outputShape(layer, shape)
    if (!next || next.some((side) => side < 1)) {
      throw new RangeError(
        `${model.name} does not fit ${name}, images of ${train.shape.join('x')}: layer ${i}, ${layer.kind}, takes ` +
          `${needOf(layer)}, it gets ${shape.join('x')}`,
      )
    }
    shape = next
    return shape
  })
  if (model.classes !== classes || sizeOf(shape) !== classes) {
    throw new RangeError(`${model.name} tells ${model.classes} classes apart, ${name} has ${classes}`)
  }
  layerViews(model, new Float32Array(model.parameterCount))
  return shapes
}

function outputShape(layer: Layer, shape: Shape): Shape | undefined {
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
    case 'convolution':
      if (channels !== layer.inputs) return undefined
      return [height - layer.kernel + 1, width - layer.kernel + 1, layer.outputs]
    case 'max-pool':
    case 'average-pool':
      return [Math.floor(height / layer.size), Math.floor(width / layer.size), channels]
  }
}

function needOf(layer: Layer): string {
  if (layer.kind === 'dense') return `${layer.inputs} numbers`
  if (layer.kind === 'convolution') return `${layer.inputs} channels and sides of at least ${layer.kernel}`
  if (layer.kind === 'group-norm') return `${layer.channels} channels in ${layer.groups} equal groups`
  return 'size' in layer ? `sides of at least ${layer.size}` : 'anything'
}
