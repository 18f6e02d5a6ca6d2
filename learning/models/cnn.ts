import type { Model } from './model.ts'

/**
 * The CIFAR-10 network of the LIE paper: convolution 3x3 to 16, ReLU, max pool 3, convolution 4x4 to 64, ReLU, max
 * pool 4, 384-192-10 with ReLU; 117,706 parameters. Baruch et al. 2019, section 5, layers as in the authors' code.
 * Throws RangeError for images of another size than 32x32x3 or 28x28.
 * Choices: PyTorch's default initialisation for all layers. The authors' code draws the first layer's weights by
 * Xavier, U(+-0.187), ours are U(+-0.192). Also takes 28x28 images of one channel: the dense layers keep their sizes.
 */
export function cnn(inputs: number, classes: number): Model {
  const channels = inputs === 3072 ? 3 : 1
  if (inputs !== 3072 && inputs !== 784) {
    throw new RangeError(`cnn needs images of 32x32x3 or 28x28 pixels, got ${inputs} numbers`)
  }
  const torch = { weights: 'torch', bias: 'torch' } as const
  return {
    name: 'cnn',
    classes,
    parameterCount: 9 * channels * 16 + 16 + 16 * 16 * 64 + 64 + 65 * 384 + 385 * 192 + 193 * classes,
    layers: [
      { kind: 'convolution', kernel: 3, inputs: channels, outputs: 16, ...torch },
      { kind: 'relu' },
      { kind: 'max-pool', size: 3 },
      { kind: 'convolution', kernel: 4, inputs: 16, outputs: 64, ...torch },
      { kind: 'relu' },
      { kind: 'max-pool', size: 4 },
      { kind: 'flatten' },
      { kind: 'dense', inputs: 64, outputs: 384, ...torch },
      { kind: 'relu' },
      { kind: 'dense', inputs: 384, outputs: 192, ...torch },
      { kind: 'relu' },
      { kind: 'dense', inputs: 192, outputs: classes, ...torch },
    ],
  }
}
