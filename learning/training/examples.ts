import type { Dataset, LabelledImages } from '../datasets/dataset.ts'
import { placeInImage, requireViews } from './augmentation.ts'
import { type Poison, requirePoison, stampImages } from './poison.ts'

/** Some examples of a data set, ready for a model. */
export interface Examples {
  /** rows x pixels, normalised, row-major; rows beyond the examples are zero. */
  readonly pixels: Float32Array<ArrayBuffer>
  /** One for each chosen example. */
  readonly labels: Uint8Array
}

/** The normalised value of each of the 256 pixel values: (pixel / 255 - mean) / deviation. */
export function normalisationTable({
  normalisation: { mean, deviation },
}: Pick<Dataset, 'normalisation'>): Float32Array {
  return Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / deviation)
}

/** Flag in the index of an example: the same image with the label classes - 1 - y (poisoned data). */
export const flippedLabel = 0x8000_0000

/** Returns a function that gathers examples by index, with normalised pixels. */
export function createGather(dataset: Dataset, part: LabelledImages) {
  const table = normalisationTable(dataset)
  const size = part.shape[0] * part.shape[1] * part.shape[2]

  function putView(view: number, from: number, pixels: Float32Array, start: number): void {
    const [height, width, channels] = part.shape
    let to = start
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const place = placeInImage(view, part.shape, y, x)
        for (let c = 0; c < channels; c++) {
          const pixel = place === undefined ? 0 : (part.images[from + place * channels + c] as number)
          pixels[to++] = table[pixel] as number
        }
      }
    }
  }

  /** `rows` is the number of rows of the result, at least the number of indices. */
  return (indices: Uint32Array, rows: number = indices.length, poison?: Poison, views?: Uint32Array): Examples => {
    if (poison) requirePoison(poison, dataset)
    if (views) requireViews(views, indices)
    const pixels = new Float32Array(rows * size)
    const labels = new Uint8Array(indices.length)
    for (let row = 0; row < indices.length; row++) {
      const asked = indices[row] as number
      const index = asked % flippedLabel
      if (!(index < part.count)) {
        throw new RangeError(`${dataset.name} has the examples 0 to ${part.count - 1} in this part, got ${index}`)
      }
      const label = part.labels[index] as number
      labels[row] = asked >= flippedLabel ? dataset.classes - 1 - label : label
      const from = index * size
      const to = row * size
      if (views) putView(views[row] as number, from, pixels, to)
      else for (let k = 0; k < size; k++) pixels[to + k] = table[part.images[from + k] as number] as number
    }
    if (poison) {
      stampImages(pixels, indices.length, part.shape, poison.stamp, table[255] as number)
      labels.fill(poison.label)
    }
    return { pixels, labels }
  }
}

/** The one-hot rows of labels (rows x classes, row-major); rows beyond the labels are zero. */
export function oneHot(labels: Uint8Array, classes: number, rows: number = labels.length): Float32Array<ArrayBuffer> {
  const ones = new Float32Array(rows * classes)
  for (let row = 0; row < labels.length; row++) ones[row * classes + (labels[row] as number)] = 1
  return ones
}
