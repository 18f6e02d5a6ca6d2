import { normal } from '../random.ts'
import type { Initialise } from './model.ts'
import { layerViews } from './parameters.ts'

/**
 * Draws the initial parameters of a model (d, fresh) from one stream: layer by layer, weights before bias, in the order
 * of the flat vector.
 *
 * - `xavier`: U(+-sqrt(6 / (inputs + outputs))). Glorot and Bengio 2010,
 *   https://proceedings.mlr.press/v9/glorot10a.html, equation 16.
 * - `torch`: U(+-1 / sqrt(inputs)), as PyTorch's nn.Linear and nn.Conv2d initialise weights and bias.
 * - `he`: N(0, 2 / inputs). He et al. 2015, https://arxiv.org/abs/1502.01852, equation 10.
 *
 * For a convolution, inputs and outputs count kernel x kernel times. The scales of a group norm start at 1, its shifts
 * at 0.
 */
export const initialise: Initialise = (model, random) => {
  const flat = new Float32Array(model.parameterCount)
  for (const { layer, fanIn, weights, bias } of layerViews(model, flat)) {
    if (layer.kind === 'group-norm') {
      weights.fill(1)
      continue
    }
    const fanOut = layer.kind === 'convolution' ? layer.outputs * layer.kernel ** 2 : layer.outputs
    const xavier = Math.sqrt(6 / (fanIn + fanOut))
    const torch = 1 / Math.sqrt(fanIn)
    if (layer.weights === 'he') {
      for (let i = 0; i < weights.length; i++) weights[i] = normal(random) * Math.sqrt(2 / fanIn)
    } else if (layer.weights !== 'zero') fill(weights, layer.weights === 'xavier' ? xavier : torch)
    if (layer.bias === 'torch') fill(bias, torch)
  }
  return flat

  function fill(values: Float32Array, bound: number): void {
    for (let i = 0; i < values.length; i++) values[i] = (2 * random() - 1) * bound
  }
}
