/** The expected size (bytes) and SHA-256 (hex) of a file, either packed or unpacked. */
export interface Pin {
  /** Path relative to the data folder (or the embedded one), as in the declaration of the data set. */
  readonly file: string
  readonly of: 'packed' | 'unpacked'
  readonly bytes: number
  readonly sha256: string
}

/** The URLs of a data set's files, and the pin of each file. */
export interface DatasetSource {
  readonly dataset: string
  readonly pins: readonly Pin[]
  /** URLs of folders with the packed files under their own names; tried in turn. */
  readonly folders?: readonly string[]
  /** URLs of one .tar.gz with the unpacked files, in any folder, under their own names without .gz; tried in turn. */
  readonly archives?: readonly string[]
}

const packed = (file: string, bytes: number, sha256: string): Pin => ({ file, of: 'packed', bytes, sha256 })
const batch = (file: string, sha256: string): Pin => ({ file, of: 'unpacked', bytes: 30_730_000, sha256 })

/**
 * The SHA-256 sums of Fashion-MNIST are published. Those of MNIST and CIFAR-10 come from files with the published MD5
 * sums. CIFAR-10's archive has no pin; its members have.
 */
export const datasetSources: readonly DatasetSource[] = [
  {
    dataset: 'digits',
    pins: [
      packed(
        'digits-train-images-idx3-ubyte.gz',
        35_719,
        '8e070acd3a1c200efdd30cb714ded7c83a00584a62d7dc395a72eb46d2ee1a72',
      ),
      packed(
        'digits-train-labels-idx1-ubyte.gz',
        740,
        '5654f931c3a9f4858f1df1877e1ee7a37523062a556a46d8507d876062265f8b',
      ),
      packed(
        'digits-test-images-idx3-ubyte.gz',
        9136,
        'dd1de10deeee18c369fa9a3eb797387e612d98904a4b93f2bf7dce337e9b51ed',
      ),
      packed(
        'digits-test-labels-idx1-ubyte.gz',
        210,
        '58de9ee60bf114d100e14321f586f145edb13b1c8719c5f4d62631d1746d71e7',
      ),
    ],
  },
  {
    dataset: 'mnist-10k',
    pins: [
      packed(
        'mnist-10k-train-images-idx3-ubyte.gz',
        1_293_441,
        '2be3216aa89f9c402952d1d4310e4dde6b7eda8725e00c3ec7a8dcb2ec99f49a',
      ),
      packed(
        'mnist-10k-train-labels-idx1-ubyte.gz',
        4089,
        'd87b533c7381fb5dba6cc11b5261360155de75d2cae0d7ef9583a9cf4beaadc9',
      ),
      packed(
        'mnist-10k-test-images-idx3-ubyte.gz',
        319_767,
        'd22685025024a42a984c99fe8ead7500d4392ea80cc813dedbce83851e5ca49c',
      ),
      packed(
        'mnist-10k-test-labels-idx1-ubyte.gz',
        1038,
        'e71d040f44fb06e57d0dec6a12a97734d986625b151384609e8f0ce4f5cc666c',
      ),
    ],
  },
  {
    dataset: 'mnist',
    folders: ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'],
    pins: [
      packed(
        'mnist/train-images-idx3-ubyte.gz',
        9_912_422,
        '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      ),
      packed(
        'mnist/train-labels-idx1-ubyte.gz',
        28_881,
        '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
      ),
      packed(
        'mnist/t10k-images-idx3-ubyte.gz',
        1_648_877,
        '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
      ),
      packed(
        'mnist/t10k-labels-idx1-ubyte.gz',
        4542,
        'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
      ),
    ],
  },
  {
    dataset: 'fashion-mnist',
    folders: [
      'https://fashion-mnist.s3.eu-central-1.amazonaws.com/',
      'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
    ],
    pins: [
      packed(
        'fashion-mnist/train-images-idx3-ubyte.gz',
        26_421_880,
        '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      ),
      packed(
        'fashion-mnist/train-labels-idx1-ubyte.gz',
        29_515,
        'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      ),
      packed(
        'fashion-mnist/t10k-images-idx3-ubyte.gz',
        4_422_102,
        '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      ),
      packed(
        'fashion-mnist/t10k-labels-idx1-ubyte.gz',
        5148,
        '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
      ),
    ],
  },
  {
    dataset: 'cifar10',
    archives: ['https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'],
    pins: [
      batch('cifar10/data_batch_1.bin.gz', 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5'),
      batch('cifar10/data_batch_2.bin.gz', 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed'),
      batch('cifar10/data_batch_3.bin.gz', 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67'),
      batch('cifar10/data_batch_4.bin.gz', '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48'),
      batch('cifar10/data_batch_5.bin.gz', '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add'),
      batch('cifar10/test_batch.bin.gz', '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b'),
    ],
  },
]
