interface DatasetFacts {
  readonly name: string
  readonly summary: string
  readonly reference: string
  readonly licence: string
  /** Whether the package ships it, in learning/datasets/embedded. If not, it comes from HEARSAY_DATA or the cache. */
  readonly embedded: boolean
  readonly classes: number
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly trainCount: number
  readonly testCount: number
  readonly normalisation: { readonly mean: number; readonly deviation: number }
}

/** Gzipped files by their content; paths are relative to the embedded folder or to HEARSAY_DATA. */
export type FilesOf<K extends string> = { readonly [key in K]: string }

/** Images and labels in separate IDX files. */
export interface IdxDeclaration extends DatasetFacts {
  readonly format: 'idx'
  readonly files: FilesOf<'trainImages' | 'trainLabels' | 'testImages' | 'testLabels'>
}

/** Records of labels and pixels in CIFAR-10's binary version; the files are joined in this order. */
export interface CifarDeclaration extends DatasetFacts {
  readonly format: 'cifar'
  readonly files: FilesOf<'train1' | 'train2' | 'train3' | 'train4' | 'train5' | 'test'>
}

/** A data set: its name, files, format, and the normalisation of its pixels. */
export type DatasetDeclaration = IdxDeclaration | CifarDeclaration

export const datasets = [
  {
    name: 'digits',
    summary: 'UCI handwritten digits, 8x8, 1,797 images; shipped',
    reference: 'https://archive.ics.uci.edu/dataset/80',
    licence: 'CC BY 4.0',
    format: 'idx',
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
    format: 'idx',
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
    summary: 'MNIST, 60,000 digits to train and 10,000 to test; fetched on request',
    reference: 'http://yann.lecun.com/exdb/mnist',
    licence: 'CC BY-SA 3.0',
    format: 'idx',
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
  {
    name: 'fashion-mnist',
    summary: 'Fashion-MNIST, 60,000 pieces of clothing to train and 10,000 to test; fetched on request',
    reference: 'https://arxiv.org/abs/1708.07747',
    licence: 'MIT',
    format: 'idx',
    embedded: false,
    classes: 10,
    shape: [28, 28, 1],
    trainCount: 60000,
    testCount: 10000,
    normalisation: { mean: 0.286, deviation: 0.353 },
    files: {
      trainImages: 'fashion-mnist/train-images-idx3-ubyte.gz',
      trainLabels: 'fashion-mnist/train-labels-idx1-ubyte.gz',
      testImages: 'fashion-mnist/t10k-images-idx3-ubyte.gz',
      testLabels: 'fashion-mnist/t10k-labels-idx1-ubyte.gz',
    },
  },
  {
    name: 'cifar10',
    summary: 'CIFAR-10, 50,000 colour photographs to train and 10,000 to test; fetched on request',
    reference: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    licence: 'none given; cite Krizhevsky 2009',
    format: 'cifar',
    embedded: false,
    classes: 10,
    shape: [32, 32, 3],
    trainCount: 50000,
    testCount: 10000,
    // Pixels from -1 to 1, as in the code of the authors of "A Little Is Enough".
    normalisation: { mean: 0.5, deviation: 0.5 },
    files: {
      train1: 'cifar10/data_batch_1.bin.gz',
      train2: 'cifar10/data_batch_2.bin.gz',
      train3: 'cifar10/data_batch_3.bin.gz',
      train4: 'cifar10/data_batch_4.bin.gz',
      train5: 'cifar10/data_batch_5.bin.gz',
      test: 'cifar10/test_batch.bin.gz',
    },
  },
] as const satisfies readonly DatasetDeclaration[]
