import { parseCifar } from './cifar.ts'
import type { Dataset, LabelledImages } from './dataset.ts'
import { parseIdx } from './idx.ts'

/** The content of a file in a user's folder, by its name. */
interface Role {
  readonly format: 'idx' | 'cifar'
  readonly part: 'train' | 'test'
  readonly holds: 'images' | 'labels' | 'records'
  /** Dimensions of an IDX file. */
  readonly dimensions: number
  /** Position among the files of its part. */
  readonly order: number
}

/**
 * The role of a file by its name without `.gz`; undefined for any other file. MNIST's names: `train-images-idx3-ubyte`,
 * `t10k-labels-idx1-ubyte`, `idx4` for colour images; also with a dot before `idx`, or `test` instead of `t10k`.
 * CIFAR-10's names: `data_batch_1.bin`, `test_batch.bin`.
 */
export function roleOf(file: string): Role | undefined {
  const idx = /^(train|t10k|test)-(?:(images)[-.]idx([34])|(labels)[-.]idx1)-ubyte$/.exec(file)
  if (idx) {
    const part = idx[1] === 'train' ? 'train' : 'test'
    const holds = idx[2] ? 'images' : 'labels'
    return { format: 'idx', part, holds, dimensions: Number(idx[3] ?? 1), order: 0 }
  }
  const batch = /^(?:data_batch_(\d+)|test_batch)\.bin$/.exec(file)
  if (!batch) return undefined
  const order = Number(batch[1] ?? 0)
  return { format: 'cifar', part: batch[1] ? 'train' : 'test', holds: 'records', dimensions: 0, order }
}

const cifarShape = [32, 32, 3] as const

/**
 * Builds a data set called `name` from the gunzipped files of a user's folder, by their names without `.gz`. The files
 * give the shape of the images. The number of classes is the largest training label plus 1. Mean and deviation of the
 * training images normalise the pixels. The result shares memory with IDX files. Throws RangeError if files are
 * missing, truncated or inconsistent; the message is meant to follow the name of the folder.
 *
 * Choices: files in CIFAR-10's format hold images of 32x32x3.
 */
export function assembleFolder(name: string, files: ReadonlyMap<string, Uint8Array>): Dataset {
  const known = [...files].flatMap(([file, bytes]) => {
    const role = roleOf(file)
    return role ? [{ file, bytes, ...role }] : []
  })
  const formats = new Set(known.map(({ format }) => format))
  if (formats.size > 1) throw new RangeError('holds files in both IDX and CIFAR-10 format; keep one format')
  if (formats.size === 0) {
    throw new RangeError(
      'holds no data set: it needs train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (MNIST), or data_batch_1.bin, ... and test_batch.bin (CIFAR-10); each may end in .gz',
    )
  }
  const ofPart = (part: Role['part']): LabelledImages => {
    const own = known.filter((file) => file.part === part).sort((a, b) => a.order - b.order)
    return formats.has('idx') ? idxPart(part, own) : cifarPart(part, own)
  }
  const [train, test] = [ofPart('train'), ofPart('test')]
  if (train.shape.some((side, i) => side !== test.shape[i])) {
    throw new RangeError(
      `has training images of ${train.shape.join(' x ')} but test images of ${test.shape.join(' x ')}`,
    )
  }
  const classes = largest(train.labels) + 1
  const [only] = train.labels
  if (train.labels.every((label) => label === only)) {
    throw new RangeError(`has only one class: all training labels are ${only}`)
  }
  if (largest(test.labels) >= classes) {
    throw new RangeError(`has the test label ${largest(test.labels)}; the training labels are 0 to ${classes - 1}`)
  }
  return { name, classes, normalisation: normalisationOf(train.images), train, test }
}

interface PartFile extends Role {
  readonly file: string
  readonly bytes: Uint8Array
}

function idxPart(part: Role['part'], files: readonly PartFile[]): LabelledImages {
  const prefix = part === 'train' ? 'train' : 't10k'
  const only = (holds: Role['holds'], usual: string): PartFile => {
    const found = files.filter((file) => file.holds === holds)
    if (found.length > 1) throw new RangeError(`holds ${found.map(({ file }) => file).join(' and ')}; keep one of them`)
    if (!found[0]) throw new RangeError(`lacks ${prefix}-${usual}`)
    return found[0]
  }
  const [pictures, marks] = [only('images', 'images-idx3-ubyte'), only('labels', 'labels-idx1-ubyte')]
  const { dimensions, values: images } = parseIdx(pictures.bytes, pictures.file, pictures.dimensions)
  const [count = 0, height = 0, width = 0, channels = 1] = dimensions
  const { values: labels } = parseIdx(marks.bytes, marks.file, 1)
  if (labels.length !== count) {
    throw new RangeError(`has ${count} images in ${pictures.file} and ${labels.length} labels in ${marks.file}`)
  }
  if (images.length === 0) throw new RangeError(`has no pixels in ${pictures.file}`)
  return { count, shape: [height, width, channels], images, labels }
}

function cifarPart(part: Role['part'], files: readonly PartFile[]): LabelledImages {
  if (files.length === 0) throw new RangeError(`lacks ${part === 'train' ? 'data_batch_1.bin' : 'test_batch.bin'}`)
  const batches = files.map(({ file, bytes }) => parseCifar(bytes, file, cifarShape))
  const count = batches.reduce((sum, { labels }) => sum + labels.length, 0)
  const size = cifarShape[0] * cifarShape[1] * cifarShape[2]
  const images = new Uint8Array(count * size)
  const labels = new Uint8Array(count)
  let row = 0
  for (const batch of batches) {
    images.set(batch.images, row * size)
    labels.set(batch.labels, row)
    row += batch.labels.length
  }
  return { count, shape: cifarShape, images, labels }
}

function largest(labels: Uint8Array): number {
  return labels.reduce((max, label) => Math.max(max, label), 0)
}

/** Mean and deviation of all pixels as shares of 255. The sums are integers, so they are exact on every platform. */
function normalisationOf(images: Uint8Array): Dataset['normalisation'] {
  let sum = 0
  let squares = 0
  for (let k = 0; k < images.length; k++) {
    const pixel = images[k] as number
    sum += pixel
    squares += pixel * pixel
  }
  const mean = sum / images.length
  const variance = squares / images.length - mean * mean
  if (!(variance > 0)) throw new RangeError('has training images with all pixels equal')
  return { mean: mean / 255, deviation: Math.sqrt(variance) / 255 }
}
