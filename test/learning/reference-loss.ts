import type { Dataset } from '#learning/dataset.ts'
import type { Layer, Model } from '#learning/model.ts'

/** Mean cross entropy of training examples in float64, straight from the definitions of the layers. */
export function referenceLoss(
  model: Model,
  { train, normalisation }: Dataset,
  parameters: ArrayLike<number>,
  batch: Uint32Array,
): number {
  const size = train.shape[0] * train.shape[1] * train.shape[2]
  let total = 0
  for (const index of batch) {
    const pixels = train.images.subarray(index * size, (index + 1) * size)
    let values = [...pixels].map((pixel) => (pixel / 255 - normalisation.mean) / normalisation.deviation)
    let offset = 0
    const take = (count: number) => Array.from({ length: count }, () => parameters[offset++] as number)
    for (const layer of model.layers) values = apply(layer, values, take)
    const wanted = values[train.labels[index] as number] as number
    total += Math.log(values.reduce((sum, value) => sum + Math.exp(value - wanted), 0))
  }
  return total / batch.length
}

function apply(layer: Layer, values: number[], take: (count: number) => number[]): number[] {
  switch (layer.kind) {
    case 'flatten':
      return values
    case 'relu':
      return values.map((value) => Math.max(0, value))
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
