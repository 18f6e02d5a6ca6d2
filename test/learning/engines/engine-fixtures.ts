import type { Dataset, LabelledImages } from '#learning/datasets/dataset.ts'
import type { Model } from '#learning/models/model.ts'
import { integer, randomStream } from '#learning/random.ts'

/** Random images and labels; equal arguments give equal bytes. */
export function randomImages(count: number, shape: LabelledImages['shape'], classes: number, seed: number) {
  const random = randomStream(seed, 'images')
  const size = shape[0] * shape[1] * shape[2]
  return {
    count,
    shape,
    images: Uint8Array.from({ length: count * size }, () => integer(random, 256)),
    labels: Uint8Array.from({ length: count }, () => integer(random, classes)),
  }
}

/** A data set of random images: `train` images, and more test images than two passes of any engine. */
export function randomDataset(train: number, shape: LabelledImages['shape'], classes: number): Dataset {
  return {
    name: 'random',
    classes,
    normalisation: { mean: 0.4, deviation: 0.3 },
    train: randomImages(train, shape, classes, 1),
    test: randomImages(300, shape, classes, 2),
  }
}

const drawn = { weights: 'torch', bias: 'torch' } as const
const convolve = { kind: 'convolution', kernel: 3, padding: 1, weights: 'torch' } as const

/** Small networks with every kind of layer, in every order that an engine handles specially, and their images. */
export const networks: readonly { readonly model: Model; readonly shape: LabelledImages['shape'] }[] = [
  {
    // A convolution with outputs that the pool ignores, and one over several channels.
    shape: [9, 10, 2],
    model: {
      name: 'max-then-average',
      classes: 4,
      parameterCount: 18 * 5 + 5 + 20 * 6 + 6 + 6 * 3 + 3 + 3 * 4 + 4,
      layers: [
        { kind: 'convolution', kernel: 3, inputs: 2, outputs: 5, ...drawn },
        { kind: 'relu' },
        { kind: 'max-pool', size: 2 },
        { kind: 'convolution', kernel: 2, inputs: 5, outputs: 6, ...drawn },
        { kind: 'relu' },
        { kind: 'average-pool', size: 2 },
        { kind: 'flatten' },
        { kind: 'dense', inputs: 6, outputs: 3, ...drawn },
        { kind: 'relu' },
        { kind: 'dense', inputs: 3, outputs: 4, ...drawn },
      ],
    },
  },
  {
    // A pool first, a ReLU that merges into no layer, convolutions followed by a norm.
    shape: [11, 8, 1],
    model: {
      name: 'average-then-max',
      classes: 4,
      parameterCount: 4 * 8 + 8 + 2 * 8 + 32 * 4 + 4 + 2 * 4 + 4 * 4 + 4,
      layers: [
        { kind: 'average-pool', size: 2 },
        { kind: 'relu' },
        { kind: 'convolution', kernel: 2, inputs: 1, outputs: 8, ...drawn },
        { kind: 'group-norm', groups: 2, channels: 8 },
        { kind: 'convolution', kernel: 2, inputs: 8, outputs: 4, ...drawn },
        { kind: 'group-norm', groups: 1, channels: 4 },
        { kind: 'relu' },
        { kind: 'max-pool', size: 2 },
        { kind: 'relu' },
        { kind: 'dense', inputs: 4, outputs: 4, ...drawn },
      ],
    },
  },
  {
    // Residuals whose shortcut passes the image on, with and without a ReLU at the end of the branch, one in another; one
    // that halves the sides and adds channels; padded convolutions in steps of one and two; the mean over the image.
    shape: [4, 3, 2],
    model: {
      name: 'residual',
      classes: 4,
      parameterCount: 18 * 4 + 8 + (36 * 4 + 8) + (36 * 4 + 4) + (4 * 4 + 4) + (36 * 6 + 12 + 36 + 6) + 7 * 4,
      layers: [
        { ...convolve, inputs: 2, outputs: 4, bias: 'none' },
        { kind: 'group-norm', groups: 2, channels: 4 },
        { kind: 'relu' },
        {
          kind: 'residual',
          layers: [
            { ...convolve, inputs: 4, outputs: 4, bias: 'none' },
            { kind: 'group-norm', groups: 1, channels: 4 },
            { kind: 'relu' },
            {
              kind: 'residual',
              layers: [{ ...convolve, inputs: 4, outputs: 4, bias: 'torch' }, { kind: 'relu' }],
            },
          ],
        },
        { kind: 'relu' },
        {
          kind: 'residual',
          layers: [{ kind: 'convolution', kernel: 1, inputs: 4, outputs: 4, bias: 'torch', weights: 'torch' }],
        },
        {
          kind: 'residual',
          layers: [
            { ...convolve, stride: 2, inputs: 4, outputs: 6, bias: 'none' },
            { kind: 'group-norm', groups: 2, channels: 6 },
            { kind: 'relu' },
            { kind: 'convolution', kernel: 1, inputs: 6, outputs: 6, bias: 'torch', weights: 'torch' },
          ],
        },
        { kind: 'relu' },
        { kind: 'global-average-pool' },
        { kind: 'dense', inputs: 6, outputs: 4, ...drawn },
      ],
    },
  },
  {
    // A residual first, and a padded convolution with outputs that the pool ignores.
    shape: [5, 4, 3],
    model: {
      name: 'residual-first',
      classes: 4,
      parameterCount: 27 * 3 + 3 + 75 * 4 + 4 + 5 * 4,
      layers: [
        { kind: 'residual', layers: [{ ...convolve, inputs: 3, outputs: 3, bias: 'torch' }] },
        { kind: 'relu' },
        { kind: 'convolution', kernel: 5, padding: 1, inputs: 3, outputs: 4, ...drawn },
        { kind: 'relu' },
        { kind: 'max-pool', size: 2 },
        { kind: 'global-average-pool' },
        { kind: 'dense', inputs: 4, outputs: 4, ...drawn },
      ],
    },
  },
]
