import type { Model } from './model.ts'

/**
 * The MNIST network of the LIE paper: 784-100-10 with ReLU; 79,510 parameters for 28x28 images. Baruch et al. 2019,
 * section 5. Initialisation as in the authors' code: Xavier for the first layer's weights, PyTorch's defaults for the
 * rest.
 */
export function mlp(inputs: number, classes: number): Model {
  return {
    name: 'mlp',
    classes,
    parameterCount: inputs * 100 + 100 + 100 * classes + classes,
    layers: [
      { kind: 'flatten' },
      { kind: 'dense', inputs, outputs: 100, weights: 'xavier', bias: 'torch' },
      { kind: 'relu' },
      { kind: 'dense', inputs: 100, outputs: classes, weights: 'torch', bias: 'torch' },
    ],
  }
}
