/** A data set by name: where its IDX files lie and how its pixels are normalised. */
export interface DatasetDeclaration {
  readonly name: string
  readonly summary: string
  readonly reference: string
  readonly licence: string
  /** Shipped inside the package under learning/datasets/embedded, or found through HEARSAY_DATA or the cache. */
  readonly embedded: boolean
  readonly classes: number
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly trainCount: number
  readonly testCount: number
  readonly normalisation: { readonly mean: number; readonly deviation: number }
  /** Gzipped IDX files, relative to the embedded folder or to HEARSAY_DATA. */
  readonly files: {
    readonly trainImages: string
    readonly trainLabels: string
    readonly testImages: string
    readonly testLabels: string
  }
}

export const datasets = [
  {
    name: 'digits',
    summary: 'UCI handwritten digits, 8x8, 1,797 images; shipped',
    reference: 'https://archive.ics.uci.edu/dataset/80',
    licence: 'CC BY 4.0',
    embedded: true,
    classes: 10,
    shape: [8, 8, 1],
    trainCount: 1433,
    testCount: 364,
    normalisation: { mean: 0.3, deviation: 1 },
    files: {
      trainImages: 'digits-train-images-idx3-ubyte.gz',
      trainLabels: 'digits-train-labels-idx1-ubyte.gz',
      testImages: 'digits-test-images-idx3-ubyte.gz',
      testLabels: 'digits-test-labels-idx1-ubyte.gz',
    },
  },
  {
    name: 'mnist-10k',
    summary: 'The first 10,000 MNIST training images, 7,996 to train and 2,004 to test; shipped',
    reference: 'http://yann.lecun.com/exdb/mnist',
    licence: 'CC BY-SA 3.0',
    embedded: true,
    classes: 10,
    shape: [28, 28, 1],
    trainCount: 7996,
    testCount: 2004,
    normalisation: { mean: 0.1307, deviation: 0.3081 },
    files: {
      trainImages: 'mnist-10k-train-images-idx3-ubyte.gz',
      trainLabels: 'mnist-10k-train-labels-idx1-ubyte.gz',
      testImages: 'mnist-10k-test-images-idx3-ubyte.gz',
      testLabels: 'mnist-10k-test-labels-idx1-ubyte.gz',
    },
  },
  {
    name: 'mnist',
    summary: 'MNIST, 60,000 digits to train and 10,000 to test; found through HEARSAY_DATA',
    reference: 'http://yann.lecun.com/exdb/mnist',
    licence: 'CC BY-SA 3.0',
    embedded: false,
    classes: 10,
    shape: [28, 28, 1],
    trainCount: 60000,
    testCount: 10000,
    normalisation: { mean: 0.1307, deviation: 0.3081 },
    files: {
      trainImages: 'mnist/train-images-idx3-ubyte.gz',
      trainLabels: 'mnist/train-labels-idx1-ubyte.gz',
      testImages: 'mnist/t10k-images-idx3-ubyte.gz',
      testLabels: 'mnist/t10k-labels-idx1-ubyte.gz',
    },
  },
] as const satisfies readonly DatasetDeclaration[]
