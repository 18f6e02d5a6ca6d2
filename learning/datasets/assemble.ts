import type { Dataset, LabelledImages } from '../dataset.ts'
import { parseIdx } from './idx.ts'
import type { DatasetDeclaration } from './registry.ts'

/** The four files of a data set, gunzipped. */
export type DatasetFiles = { readonly [K in keyof DatasetDeclaration['files']]: Uint8Array }

/**
 * Builds a data set from its IDX files and checks them against the declaration: counts, shape, labels.
 * The result shares memory with the files. Throws RangeError naming the file and what is wrong with it.
 */
export function assembleDataset(declaration: DatasetDeclaration, files: DatasetFiles): Dataset {
  const part = (images: 'trainImages' | 'testImages', labels: 'trainLabels' | 'testLabels', count: number) =>
    assemblePart(declaration, count, declaration.files[images], files[images], declaration.files[labels], files[labels])
  return {
    name: declaration.name,
    classes: declaration.classes,
    normalisation: declaration.normalisation,
    train: part('trainImages', 'trainLabels', declaration.trainCount),
    test: part('testImages', 'testLabels', declaration.testCount),
  }
}

function assemblePart(
  { shape, classes }: DatasetDeclaration,
  count: number,
  imagesName: string,
  imageBytes: Uint8Array,
  labelsName: string,
  labelBytes: Uint8Array,
): LabelledImages {
  const dimensions = shape[2] === 1 ? 3 : 4
  const expected = [count, ...shape.slice(0, dimensions - 1)]
  const images = parseIdx(imageBytes, imagesName, dimensions)
  if (expected.some((size, i) => size !== images.dimensions[i])) {
    throw new RangeError(`${imagesName} holds ${images.dimensions.join(' x ')}, expected ${expected.join(' x ')}`)
  }
  const labels = parseIdx(labelBytes, labelsName, 1)
  if (labels.dimensions[0] !== count) {
    throw new RangeError(`${labelsName} holds ${labels.dimensions[0]} labels, expected ${count}`)
  }
  const wrong = labels.values.find((label) => label >= classes)
  if (wrong !== undefined) throw new RangeError(`${labelsName} holds the label ${wrong}, there are ${classes} classes`)
  return { count, shape, images: images.values, labels: labels.values }
}
