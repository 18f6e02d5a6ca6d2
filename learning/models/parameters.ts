import type { Layer, Model } from './model.ts'

/** A layer that has parameters. */
export type WeightedLayer = Extract<Layer, { readonly kind: 'dense' | 'convolution' | 'group-norm' }>

/** The parameters of one layer, as views into a flat vector. */
export interface LayerView {
  readonly layer: WeightedLayer
  /** Number of weights of each output: inputs; for a convolution kernel x kernel x inputs; 1 for a group norm. */
  readonly fanIn: number
  readonly outputs: number
  /** fanIn x outputs, row-major. */
  readonly weights: Float32Array
  /** outputs; empty for a layer without bias. */
  readonly bias: Float32Array
}

/**
 * Views of all layers that have parameters, in order; they share memory with `flat` (d). Throws RangeError if the
 * parameters of the layers do not add up to d.
 */
export function layerViews(model: Model, flat: Float32Array): LayerView[] {
  const views: LayerView[] = []
  let start = 0
  for (const layer of weightedLayers(model.layers)) {
    const outputs = layer.kind === 'group-norm' ? layer.channels : layer.outputs
    const fanIn =
      layer.kind === 'group-norm' ? 1 : layer.inputs * (layer.kind === 'convolution' ? layer.kernel ** 2 : 1)
    const split = start + fanIn * outputs
    const end = split + (layer.kind === 'convolution' && layer.bias === 'none' ? 0 : outputs)
    views.push({ layer, fanIn, outputs, weights: flat.subarray(start, split), bias: flat.subarray(split, end) })
    start = end
  }
  if (flat.length !== model.parameterCount || start !== model.parameterCount) {
    throw new RangeError(
      `${model.name} has ${model.parameterCount} parameters, but its layers have ${start} and the vector has ${flat.length}`,
    )
  }
  return views
}

/** The layers that have parameters, also those inside residuals. */
function weightedLayers(layers: readonly Layer[]): WeightedLayer[] {
  return layers.flatMap((layer) => {
    if (layer.kind === 'residual') return weightedLayers(layer.layers)
    return layer.kind === 'dense' || layer.kind === 'convolution' || layer.kind === 'group-norm' ? [layer] : []
  })
}
