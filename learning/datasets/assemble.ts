import { parseCifar } from './cifar.ts'
import type { Dataset, LabelledImages } from './dataset.ts'
import { parseIdx } from './idx.ts'
import type { CifarDeclaration, DatasetDeclaration, IdxDeclaration } from './registry.ts'

/** The gunzipped files of a data set, by the keys of its declaration. */
export type DatasetFiles = Readonly<Record<string, Uint8Array>>

/**
 * Builds a data set from its files and checks them against the declaration: counts, shape, labels. With IDX the result
 * shares memory with the files. Throws RangeError with the name of the file and its defect.
 */
export function assembleDataset(declaration: DatasetDeclaration, files: DatasetFiles): Dataset {
  const { name, classes, normalisation } = declaration
  const { train, test } = declaration.format === 'idx' ? idxParts(declaration, files) : cifarParts(declaration, files)
  return { name, classes, normalisation, train, test }
}

interface Parts {
  readonly train: LabelledImages
  readonly test: LabelledImages
}

function idxParts(declaration: IdxDeclaration, files: DatasetFiles): Parts {
  const { files: names, shape, classes } = declaration
  const part = (imagesKey: 'trainImages' | 'testImages', labelsKey: 'trainLabels' | 'testLabels', count: number) => {
    const dimensions = shape[2] === 1 ? 3 : 4
    const expected = [count, ...shape.slice(0, dimensions - 1)]
    const images = parseIdx(fileOf(declaration, files, imagesKey), names[imagesKey], dimensions)
    if (expected.some((size, i) => size !== images.dimensions[i])) {
      throw new RangeError(
        `${names[imagesKey]} holds ${images.dimensions.join(' x ')}, expected ${expected.join(' x ')}`,
      )
    }
    const labels = parseIdx(fileOf(declaration, files, labelsKey), names[labelsKey], 1)
    if (labels.dimensions[0] !== count) {
      throw new RangeError(`${names[labelsKey]} holds ${labels.dimensions[0]} labels, expected ${count}`)
    }
    checkLabels(labels.values, classes, names[labelsKey])
    return { count, shape, images: images.values, labels: labels.values }
  }
  return {
    train: part('trainImages', 'trainLabels', declaration.trainCount),
    test: part('testImages', 'testLabels', declaration.testCount),
  }
}

function cifarParts(declaration: CifarDeclaration, files: DatasetFiles): Parts {
  const { files: names, shape, classes } = declaration
  const part = (keys: readonly (keyof CifarDeclaration['files'])[], count: number): LabelledImages => {
    const size = shape[0] * shape[1] * shape[2]
    const images = new Uint8Array(count * size)
    const labels = new Uint8Array(count)
    let row = 0
    for (const key of keys) {
      const records = parseCifar(fileOf(declaration, files, key), names[key], shape)
      checkLabels(records.labels, classes, names[key])
      const end = row + records.labels.length
      if (end > count || (key === keys.at(-1) && end !== count)) {
        throw new RangeError(`the files up to ${names[key]} hold ${end} images, expected ${count}`)
      }
      images.set(records.images, row * size)
      labels.set(records.labels, row)
      row = end
    }
    return { count, shape, images, labels }
  }
  return {
    train: part(['train1', 'train2', 'train3', 'train4', 'train5'], declaration.trainCount),
    test: part(['test'], declaration.testCount),
  }
}

function fileOf({ name, files: names }: DatasetDeclaration, files: DatasetFiles, key: string): Uint8Array {
  const bytes = files[key]
  if (!bytes) throw new RangeError(`data set ${name} lacks ${(names as Record<string, string>)[key]}`)
  return bytes
}

function checkLabels(labels: Uint8Array, classes: number, file: string): void {
  const wrong = labels.find((label) => label >= classes)
  if (wrong !== undefined) throw new RangeError(`${file} holds the label ${wrong}, expected 0 to ${classes - 1}`)
}
