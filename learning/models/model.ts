import type { Random } from '../random.ts'

/**
 * One layer of a network over images of height x width x channels. The flat vector holds the parameters layer by layer,
 * weights (row-major) before bias. The weights of a dense layer are inputs x outputs, those of a convolution
 * kernel x kernel x inputs x outputs.
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
      /** Its output has floor((height + 2 padding - kernel) / stride) + 1 rows, and columns likewise. */
      readonly kind: 'convolution'
      /** Side of the square kernel. */
      readonly kernel: number
      /** Rows and columns from one patch to the next. Default: 1. */
      readonly stride?: number
      /** Rows and columns of zeros around each image. Default: 0. */
      readonly padding?: number
      /** Channels. */
      readonly inputs: number
      readonly outputs: number
      /**
       * As in a dense layer; torch: U(+-1/sqrt(kernel kernel inputs)), PyTorch's default; he: N(0, 2/(kernel kernel
       * inputs)).
       */
      readonly weights: 'xavier' | 'torch' | 'he' | 'zero'
      /** none: no bias, for a convolution followed by a norm. */
      readonly bias: 'torch' | 'zero' | 'none'
    }
  /** Adjacent windows of size x size; it ignores incomplete windows at the far edges. */
  | { readonly kind: 'max-pool' | 'average-pool'; readonly size: number }
  /** The mean of each channel over the whole image; the output is 1 x 1 x channels. */
  | { readonly kind: 'global-average-pool' }
  /**
   * The output of the inner layers plus a shortcut of the image, without parameters. If the layers divide the sides by
   * an integer s, the shortcut takes every s-th pixel of every s-th row. If they add channels, these come last and the
   * shortcut is zero there. He et al. 2016, https://arxiv.org/abs/1512.03385, section 3.3, option A.
   */
  | { readonly kind: 'residual'; readonly layers: readonly Layer[] }
  /**
   * Normalises each of `groups` groups of channels to mean 0 and variance 1 in each image. Then applies a scale (the
   * weights, initially 1) and a shift (the bias, initially 0) to each channel. Wu and He 2018,
   * https://arxiv.org/abs/1803.08494; epsilon 1e-5.
   */
  | { readonly kind: 'group-norm'; readonly groups: number; readonly channels: number }
  | { readonly kind: 'relu' }

/** A classifier from images to logits. Every engine builds it from this declaration. */
export interface Model {
  readonly name: string
  readonly layers: readonly Layer[]
  /** d, the length of the flat parameter vector. */
  readonly parameterCount: number
  readonly classes: number
}

/** Draws the initial parameters (d) layer by layer from one stream. */
export type Initialise = (model: Model, random: Random) => Float32Array
