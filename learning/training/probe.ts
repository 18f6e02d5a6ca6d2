import * as z from 'zod'
import type { Dataset } from '../datasets/dataset.ts'
import { type Poison, requirePoison } from './poison.ts'

/**
 * The measurement of a backdoor, the same at every peer: the share of certain images that the model takes for the
 * target.
 */
export const probeSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('pattern'),
    size: z.int().min(1).default(5).describe('Side of the square in the upper left corner, in pixels'),
    target: z.int().min(0).default(0).describe('Target label of the stamped test images'),
  }),
  z.strictObject({
    name: z.literal('sample'),
    image: z.int().min(0).describe('Index of the image in the training set'),
    target: z.int().min(0).describe('Target label of this image'),
  }),
])
export type Probe = z.output<typeof probeSchema>

/** Examples of one part of a data set, and how they are poisoned. */
export interface ProbedExamples {
  readonly part: 'train' | 'test'
  readonly indices: Uint32Array
  readonly poison: Poison
}

/**
 * The images of a probe. pattern: the test images with any other label than the target, stamped; no peer trains on
 * them. sample: the one training image, without a stamp. Throws RangeError if the data set lacks the label, or its
 * images are too small for the stamp.
 */
export function probedExamples(dataset: Dataset, probe: Probe): ProbedExamples {
  const poison = { stamp: probe.name === 'pattern' ? probe.size : 0, label: probe.target }
  requirePoison(poison, dataset)
  if (probe.name === 'sample') return { part: 'train', indices: Uint32Array.of(probe.image), poison }
  const indices = Uint32Array.from(dataset.test.labels.keys()).filter((i) => dataset.test.labels[i] !== probe.target)
  return { part: 'test', indices, poison }
}
