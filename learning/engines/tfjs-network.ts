import type { Layer, Model } from '../models/model.ts'
import { layerViews } from '../models/parameters.ts'
import { chainShapes, type Shape, sizeOf } from './shapes.ts'
import type { Tensor, TensorLibrary } from './tensor-library.ts'
import {
  groupNormSlope,
  imagesSlope,
  patchesOf,
  pool,
  poolSlope,
  shortcut,
  shortcutSlope,
  standardise,
} from './tfjs-layers.ts'

/** The parameters of a layer. */
export interface LayerTensors {
  readonly weight: Tensor
  /** 1 x outputs; absent for a layer without bias. */
  readonly bias?: Tensor
}

/** Uploads every layer's parameters, in the order of the flat vector. The caller disposes of them. */
export function upload(tf: TensorLibrary, model: Model, parameters: Float32Array): LayerTensors[] {
  return layerViews(model, parameters).map(({ fanIn, outputs, weights, bias }) => ({
    weight: tf.tensor2d(weights, [fanIn, outputs]),
    ...(bias.length > 0 ? { bias: tf.tensor2d(bias, [1, outputs]) } : {}),
  }))
}

/**
 * Computes the logits of a batch (rows x pixels). `backward` takes the gradient of the logits and returns the gradients
 * of each layer's weights and bias, in the order of the flat vector. Images are flat between layers.
 */
export function forward(
  tf: TensorLibrary,
  model: Model,
  weights: readonly LayerTensors[],
  inputs: Tensor,
  shape: Shape,
): { readonly output: Tensor; backward(slope: Tensor): Tensor[] } {
  const { output, back } = chain({ tf, weights: weights.values() }, model.layers, inputs, shape)
  return { output, backward: (slope) => back(slope, false).gradients }
}

interface Pass {
  readonly tf: TensorLibrary
  /** Each layer takes the next one. */
  readonly weights: IterableIterator<LayerTensors>
}

/** The forward pass of a layer: its output, and the backward pass from the output's gradient. */
interface Done {
  readonly output: Tensor
  back(slope: Tensor, needsInput: boolean): Slopes
}

interface Slopes {
  readonly gradients: Tensor[]
  /** Gradient of the inputs, if `needsInput`. */
  readonly input?: Tensor
}

function chain(pass: Pass, layers: readonly Layer[], inputs: Tensor, start: Shape): Done {
  const shapes = chainShapes(layers, start)
  const done: Done[] = []
  let output = inputs
  layers.forEach((layer, i) => {
    const step = apply(pass, layer, output, shapes[i - 1] ?? start, shapes[i] as Shape)
    done.push(step)
    output = step.output
  })
  return {
    output,
    back(slope, needsInput) {
      const gradients: Tensor[] = []
      let current = slope
      for (let i = done.length - 1; i >= 0; i--) {
        const slopes = (done[i] as Done).back(current, needsInput || i > 0)
        gradients.unshift(...slopes.gradients)
        current = slopes.input ?? current
      }
      return { gradients, input: current }
    },
  }
}

function apply(pass: Pass, layer: Layer, input: Tensor, from: Shape, to: Shape): Done {
  const { tf } = pass
  const rows = input.shape[0] as number
  const own = () => pass.weights.next().value as LayerTensors
  switch (layer.kind) {
    case 'flatten':
      return { output: input, back: (slope) => ({ gradients: [], input: slope }) }
    case 'relu':
      return {
        output: tf.relu(input),
        back: (slope) => ({ gradients: [], input: tf.mul(slope, tf.step(input)) }),
      }
    case 'dense': {
      const { weight, bias } = own()
      const product = tf.matMul(input, weight)
      return {
        output: bias ? tf.add(product, bias) : product,
        back: (slope, needsInput) => ({
          gradients: productGradients(tf, input, slope, bias),
          ...(needsInput ? { input: tf.matMul(slope, tf.transpose(weight)) } : {}),
        }),
      }
    }
    case 'convolution': {
      const { weight, bias } = own()
      const product = tf.matMul(patchesOf(tf, input, from, to, layer), weight)
      return {
        output: tf.reshape(bias ? tf.add(product, bias) : product, [rows, sizeOf(to)]),
        back(slope, needsInput) {
          // Cuts the patches again: the patches of all layers together would fill the memory.
          const patches = patchesOf(tf, input, from, to, layer)
          const flat = tf.reshape(slope, [patches.shape[0] as number, layer.outputs])
          const gradients = productGradients(tf, patches, flat, bias)
          if (!needsInput) return { gradients }
          return { gradients, input: imagesSlope(tf, tf.matMul(flat, tf.transpose(weight)), from, to, layer) }
        },
      }
    }
    case 'group-norm': {
      const { weight, bias } = own()
      const { centred } = standardise(tf, input, from, layer.groups)
      const scaled = tf.mul(centred, weight)
      return {
        output: tf.reshape(bias ? tf.add(scaled, bias) : scaled, [rows, sizeOf(to)]),
        back(slope) {
          const parts = groupNormSlope(tf, { input, slope, weight }, from, layer.groups)
          return { gradients: [parts.weight, parts.bias], input: parts.input }
        },
      }
    }
    case 'max-pool':
    case 'average-pool':
      return {
        output: pool(tf, layer, input, from, to),
        back: (slope, needsInput) => ({
          gradients: [],
          ...(needsInput ? { input: poolSlope(tf, layer, { input, slope }, from, to) } : {}),
        }),
      }
    case 'global-average-pool': {
      const positions = from[0] * from[1]
      return {
        output: tf.mean(tf.reshape(input, [rows, positions, from[2]]), [1]),
        back: (slope) => ({ gradients: [], input: tf.tile(tf.mul(slope, 1 / positions), [1, positions]) }),
      }
    }
    case 'residual': {
      const branch = chain(pass, layer.layers, input, from)
      return {
        output: tf.add(branch.output, shortcut(tf, input, from, to)),
        back(slope, needsInput) {
          const slopes = branch.back(slope, needsInput)
          if (!needsInput) return { gradients: slopes.gradients }
          const through = slopes.input as Tensor
          return { gradients: slopes.gradients, input: tf.add(through, shortcutSlope(tf, slope, from, to)) }
        },
      }
    }
  }
}

/** Gradients of weights and bias of a product, with its inputs as rows. */
function productGradients(tf: TensorLibrary, inputs: Tensor, slope: Tensor, bias: Tensor | undefined): Tensor[] {
  return [tf.matMul(tf.transpose(inputs), slope), ...(bias ? [tf.sum(slope, 0)] : [])]
}
