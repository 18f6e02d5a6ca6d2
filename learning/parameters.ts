import type { Layer, Model } from './model.ts'

/** A layer that has parameters. */
export type WeightedLayer = Extract<Layer, { readonly weights: string }>

/** The parameters of one layer, as views into a flat vector. */
export interface LayerView {
  readonly layer: WeightedLayer
  /** Numbers that each output depends on: the inputs, of a convolution kernel x kernel x inputs. */
  readonly fanIn: number
  /** fanIn x outputs, row-major. */
  readonly weights: Float32Array
  /** outputs. */
  readonly bias: Float32Array
}

/**
 * Views of the layers that have parameters, in order; they share memory with `flat` (d).
 * Throws RangeError where the layers do not add up to the vector.
 */
export function layerViews(model: Model, flat: Float32Array): LayerView[] {
  const views: LayerView[] = []
  let start = 0
  for (const layer of model.layers) {
    if (!('weights' in layer)) continue
    const fanIn = layer.inputs * (layer.kind === 'convolution' ? layer.kernel ** 2 : 1)
    const split = start + fanIn * layer.outputs
    const end = split + layer.outputs
    views.push({ layer, fanIn, weights: flat.subarray(start, split), bias: flat.subarray(split, end) })
    start = end
  }
  if (flat.length !== model.parameterCount || start !== model.parameterCount) {
    throw new RangeError(
      `${model.name} has ${model.parameterCount} parameters: its layers add up to ${start}, the vector has ${flat.length}`,
    )
  }
  return views
}
