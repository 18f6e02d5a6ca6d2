import type { Layer, Model } from './model.ts'

export type DenseLayer = Extract<Layer, { kind: 'dense' }>

/** The parameters of one dense layer, as views into a flat vector. */
export interface LayerView {
  readonly layer: DenseLayer
  /** inputs x outputs, row-major. */
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
    if (layer.kind !== 'dense') continue
    const split = start + layer.inputs * layer.outputs
    const end = split + layer.outputs
    views.push({ layer, weights: flat.subarray(start, split), bias: flat.subarray(split, end) })
    start = end
  }
  if (flat.length !== model.parameterCount || start !== model.parameterCount) {
    throw new RangeError(
      `${model.name} has ${model.parameterCount} parameters: its layers add up to ${start}, the vector has ${flat.length}`,
    )
  }
  return views
}
