import type { Dataset, LabelledImages } from '#learning/datasets/dataset.ts'
import { partitions } from '#learning/partitions/registry.ts'
import { permutation, randomStream } from '#learning/random.ts'
import type { Experiment } from '../experiment/schema.ts'

/** The training examples of each peer (n lists of indices). */
export function shardsOf({ learning, seed }: Experiment, labels: Uint8Array, n: number): Uint32Array[] {
  const { partition } = learning
  const declaration = partitions.find(({ name }) => name === partition.name)
  if (!declaration) throw new RangeError(`there is no partition named ${partition.name}`)
  return declaration.assign(partition, labels, n, randomStream(seed, 'partition'))
}

/** The data set with only the test images that an experiment evaluates on (`learning.testExamples`), in their order. */
export function evaluatedOn({ learning, seed }: Experiment, dataset: Dataset): Dataset {
  const { test } = dataset
  const { testExamples = test.count } = learning
  if (testExamples >= test.count) return dataset
  const chosen = permutation(randomStream(seed, 'test-examples'), test.count).subarray(0, testExamples).sort()
  return { ...dataset, test: { shape: test.shape, count: testExamples, ...pick(test, chosen) } }
}

/** Labels and images of examples, in the order of their indices. */
export function pick(part: LabelledImages, indices: Uint32Array): Pick<LabelledImages, 'labels' | 'images'> {
  const [height, width, channels] = part.shape
  const size = height * width * channels
  const images = new Uint8Array(indices.length * size)
  indices.forEach((index, place) => {
    images.set(part.images.subarray(index * size, (index + 1) * size), place * size)
  })
  return { labels: Uint8Array.from(indices, (index) => part.labels[index] as number), images }
}
