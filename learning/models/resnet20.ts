import type { Layer, Model } from './model.ts'

/** Channels of the three stages; each stage has three blocks. */
const widths = [16, 32, 64] as const

/**
 * The residual network of 20 layers for CIFAR-10: convolution 3x3 to 16, three stages of three blocks of two 3x3
 * convolutions with 16, 32 and 64 channels, mean over the image, one dense layer; 269,722 parameters.
 * He et al. 2016, section 4.2, with n = 3 and shortcuts without parameters (option A).
 * Throws RangeError for images of another size than 32x32x3 or 28x28.
 * Choices: group norm (Wu and He 2018) with 8 channels a group instead of batch norm, because batch statistics differ
 * between peers with different data; the number of parameters is the same. Convolutions have no bias and start as in
 * He et al. 2015, the dense layer as in PyTorch. Also takes 28x28 images of one channel.
 */
export function resnet20(inputs: number, classes: number): Model {
  const channels = inputs === 3072 ? 3 : 1
  if (inputs !== 3072 && inputs !== 784) {
    throw new RangeError(`resnet20 needs images of 32x32x3 or 28x28 pixels, got ${inputs} numbers`)
  }
  const layers: Layer[] = [...convolve(channels, widths[0], 1), { kind: 'relu' }]
  let parameterCount = 9 * channels * widths[0] + 2 * widths[0]
  let from: number = widths[0]
  for (const to of widths) {
    for (let block = 0; block < 3; block++) {
      const first = convolve(from, to, to === from ? 1 : 2)
      layers.push({ kind: 'residual', layers: [...first, { kind: 'relu' }, ...convolve(to, to, 1)] }, { kind: 'relu' })
      parameterCount += 9 * from * to + 9 * to * to + 4 * to
      from = to
    }
  }
  layers.push(
    { kind: 'global-average-pool' },
    { kind: 'dense', inputs: from, outputs: classes, weights: 'torch', bias: 'torch' },
  )
  return { name: 'resnet20', classes, parameterCount: parameterCount + (from + 1) * classes, layers }
}

function convolve(inputs: number, outputs: number, stride: number): Layer[] {
  return [
    { kind: 'convolution', kernel: 3, stride, padding: 1, inputs, outputs, weights: 'he', bias: 'none' },
    { kind: 'group-norm', groups: outputs / 8, channels: outputs },
  ]
}
