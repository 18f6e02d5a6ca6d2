import type { Random } from '../random.ts'

/**
 * One layer of a network over images of height x width x channels. Parameters lie in the flat vector layer by layer,
 * weights (row-major) before bias; weights are inputs x outputs, of a convolution kernel x kernel x inputs x outputs.
 */
export type Layer =
  | { readonly kind: 'flatten' }
  | {
      readonly kind: 'dense'
      readonly inputs: number
      readonly outputs: number
      /** xavier: U(+-sqrt(6/(in+out))); torch: U(+-1/sqrt(in)), PyTorch's default for linear layers; zero. */
      readonly weights: 'xavier' | 'torch' | 'zero'
      readonly bias: 'torch' | 'zero'
    }
  | {
      /** floor((height + 2 padding - kernel) / stride) + 1 rows remain. */
      readonly kind: 'convolution'
      /** Side of the square kernel. */
      readonly kernel: number
      /** Rows and columns from one patch to the next; 1 where left out. */
      readonly stride?: number
      /** Rows and columns of zeros around each image; none where left out. */
      readonly padding?: number
      /** Channels. */
      readonly inputs: number
      readonly outputs: number
      /** As in a dense layer; torch: U(+-1/sqrt(kernel kernel inputs)), PyTorch's default; he: N(0, 2/(kernel kernel inputs)). */
      readonly weights: 'xavier' | 'torch' | 'he' | 'zero'
      /** none: no bias, for a convolution with a norm behind it. */
      readonly bias: 'torch' | 'zero' | 'none'
    }
  /** Windows of size x size side by side; what remains at the far edges is left out. */
  | { readonly kind: 'max-pool' | 'average-pool'; readonly size: number }
  /** The mean of each channel over the whole image: 1 x 1 x channels remain. */
  | { readonly kind: 'global-average-pool' }
  /**
   * What the layers make of an image, plus the image itself. Where they halve its sides (in general: divide by a whole
   * number s), every s-th pixel of every s-th row is added; channels that they add get nothing added, so that the shortcut
   * has no parameters. He et al. 2016, https://arxiv.org/abs/1512.03385, section 3.3, option A; new channels come last.
   */
  | { readonly kind: 'residual'; readonly layers: readonly Layer[] }
  /**
   * Each of `groups` groups of channels gets mean 0 and variance 1 in each image, then scale (the weights, from 1) and
   * shift (the bias, from 0) by channel. Wu and He 2018, https://arxiv.org/abs/1803.08494; epsilon 1e-5.
   */
  | { readonly kind: 'group-norm'; readonly groups: number; readonly channels: number }
  | { readonly kind: 'relu' }

/** A classifier: image in, logits out. Declared once; every engine builds it from the layers. */
export interface Model {
  readonly name: string
  readonly layers: readonly Layer[]
  /** d, the length of the flat parameter vector. */
  readonly parameterCount: number
  readonly classes: number
}

/** Draws the initial parameters (d) layer by layer from one stream. */
export type Initialise = (model: Model, random: Random) => Float32Array
