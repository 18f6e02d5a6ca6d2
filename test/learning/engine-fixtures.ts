import type { Dataset, LabelledImages } from '#learning/dataset.ts'
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
