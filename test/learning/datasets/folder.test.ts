import { expect, test } from 'vitest'
import { datasetLabel, withoutPath } from '#learning/datasets/choice.ts'
import { assembleFolder, roleOf } from '#learning/datasets/folder.ts'

/** IDX bytes of some values. */
function idx(dimensions: readonly number[], values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * dimensions.length + values.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x800 + dimensions.length)
  dimensions.forEach((size, i) => {
    view.setUint32(4 + 4 * i, size)
  })
  bytes.set(values, 4 + 4 * dimensions.length)
  return bytes
}

const grey: Record<string, Uint8Array> = {
  'train-images-idx3-ubyte': idx([3, 1, 2], [0, 10, 20, 30, 40, 50]),
  'train-labels-idx1-ubyte': idx([3], [2, 0, 1]),
  't10k-images-idx3-ubyte': idx([1, 1, 2], [7, 8]),
  't10k-labels-idx1-ubyte': idx([1], [2]),
  'notes.txt': Uint8Array.of(1),
}
const folderOf = (changes: Record<string, Uint8Array | undefined> = {}) =>
  new Map(
    Object.entries({ ...grey, ...changes }).filter((entry): entry is [string, Uint8Array] => entry[1] !== undefined),
  )

test('the files give shape and classes, the training pixels the normalisation', () => {
  const { name, classes, normalisation, train, test: held } = assembleFolder('mine', folderOf())
  expect([name, classes, train.count, held.count]).toEqual(['mine', 3, 3, 1])
  expect(train.shape).toEqual([1, 2, 1])
  expect([...train.images, ...train.labels]).toEqual([0, 10, 20, 30, 40, 50, 2, 0, 1])
  expect(normalisation.mean).toBe(25 / 255)
  expect(normalisation.deviation).toBeCloseTo(Math.sqrt((25 ** 2 + 15 ** 2 + 5 ** 2) / 3) / 255, 15)
})

test('colour images have four dimensions, and other spellings of the names work', () => {
  const colour = new Map([
    ['train-images.idx4-ubyte', idx([2, 1, 1, 3], [1, 2, 3, 4, 5, 6])],
    ['train-labels.idx1-ubyte', idx([2], [0, 1])],
    ['test-images-idx4-ubyte', idx([1, 1, 1, 3], [9, 8, 7])],
    ['test-labels-idx1-ubyte', idx([1], [1])],
  ])
  const { train, test: held } = assembleFolder('mine', colour)
  expect([train.shape, held.shape]).toEqual([
    [1, 1, 3],
    [1, 1, 3],
  ])
  expect([...held.images]).toEqual([9, 8, 7])
})

test("batches in CIFAR-10's format are joined in the order of their numbers, planes interleaved", () => {
  const record = (label: number, red: number, green: number, blue: number) => [
    label,
    ...[red, green, blue].flatMap((value) => Array<number>(1024).fill(value)),
  ]
  const {
    classes,
    train,
    test: held,
  } = assembleFolder(
    'mine',
    new Map([
      ['data_batch_10.bin', Uint8Array.from(record(3, 7, 8, 9))],
      ['data_batch_2.bin', Uint8Array.from([...record(0, 1, 2, 3), ...record(1, 4, 5, 6)])],
      ['test_batch.bin', Uint8Array.from(record(2, 0, 0, 0))],
    ]),
  )
  expect([classes, [...train.labels], [...held.labels]]).toEqual([4, [0, 1, 3], [2]])
  expect(train.shape).toEqual([32, 32, 3])
  expect([...train.images.subarray(2 * 3072, 2 * 3072 + 6)]).toEqual([7, 8, 9, 7, 8, 9])
})

test.for<[string, Record<string, Uint8Array | undefined>, RegExp]>([
  ['a file that is not there', { 't10k-labels-idx1-ubyte': undefined }, /^lacks t10k-labels-idx1-ubyte$/],
  [
    'a file cut short',
    { 'train-images-idx3-ubyte': grey['train-images-idx3-ubyte']?.subarray(0, 20) },
    /^train-images-idx3-ubyte declares 3 x 1 x 2, which needs 22 bytes, but has 20$/,
  ],
  [
    'fewer labels than images',
    { 'train-labels-idx1-ubyte': idx([2], [0, 1]) },
    /^has 3 images in train-images-idx3-ubyte and 2 labels in train-labels-idx1-ubyte$/,
  ],
  [
    'test images of another shape',
    { 't10k-images-idx3-ubyte': idx([1, 2, 1], [7, 8]) },
    /^has training images of 1 x 2 x 1 but test images of 2 x 1 x 1$/,
  ],
  [
    'a test label that nobody trains on',
    { 't10k-labels-idx1-ubyte': idx([1], [3]) },
    /^has the test label 3; the training labels are 0 to 2$/,
  ],
  [
    'a single class',
    { 'train-labels-idx1-ubyte': idx([3], [0, 0, 0]), 't10k-labels-idx1-ubyte': idx([1], [0]) },
    /^has only one class: all training labels are 0$/,
  ],
  [
    'a single class that is not the first',
    { 'train-labels-idx1-ubyte': idx([3], [3, 3, 3]), 't10k-labels-idx1-ubyte': idx([1], [3]) },
    /^has only one class: all training labels are 3$/,
  ],
  ['pixels that are all alike', { 'train-images-idx3-ubyte': idx([3, 1, 2], [5, 5, 5, 5, 5, 5]) }, /all pixels equal/],
  [
    'no images at all',
    { 't10k-images-idx3-ubyte': idx([0, 1, 2], []), 't10k-labels-idx1-ubyte': idx([0], []) },
    /no pixels/,
  ],
  [
    'labels that are no IDX file',
    { 'train-labels-idx1-ubyte': new Uint8Array(20) },
    /^train-labels-idx1-ubyte is not an IDX file/,
  ],
  ['both formats', { 'test_batch.bin': new Uint8Array(3073) }, /both IDX and CIFAR-10/],
  ['two files for one part', { 'train-images-idx4-ubyte': idx([3, 1, 2, 1], [1, 2, 3, 4, 5, 6]) }, /keep one of them$/],
])('%s is refused', ([_, changes, words]) => {
  expect(() => assembleFolder('mine', folderOf(changes))).toThrow(words)
})

test('a folder without known names is refused with the names that it needs', () => {
  expect(() => assembleFolder('mine', new Map([['a.png', new Uint8Array()]]))).toThrow(
    /^holds no data set: it needs train-images/,
  )
  expect(['data_batch_1.bin.bak', 'train-images-idx1-ubyte', 'train-labels-idx3-ubyte'].map(roleOf)).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

test('reports and other machines see only the last part of a path', () => {
  expect(datasetLabel('mnist')).toBe('mnist')
  for (const folder of ['/somewhere/faces/', './faces', 'C:\\data\\faces']) {
    expect(datasetLabel({ folder })).toBe('folder faces')
    expect(withoutPath({ folder, sha256: 'a' })).toEqual({ folder: 'faces', sha256: 'a' })
  }
})
