import type { Random } from './random.ts'

/** One layer of a network. Parameters lie in the flat vector layer by layer, weights (inputs x outputs, row-major) before bias. */
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
