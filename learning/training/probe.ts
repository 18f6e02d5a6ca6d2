import { z } from 'zod'
import type { Dataset } from '../datasets/dataset.ts'
import { type Poison, requirePoison } from './poison.ts'

/**
 * What a backdoor is measured by. It is the experimenter's question, put to every peer alike: the share of certain
 * images that the model takes for the target.
 */
export const probeSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('pattern'),
    size: z.int().min(1).default(5).describe('Side of the square in the upper left corner, in pixels'),
    target: z.int().min(0).default(0).describe('The label that stamped test images should be taken for'),
  }),
  z.strictObject({
    name: z.literal('sample'),
    image: z.int().min(0).describe('Index of the image in the training set'),
    target: z.int().min(0).describe('The label that it should be taken for'),
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
 * The images of a probe. pattern: those of the test set whose label is not the target, stamped; nobody trained on any
 * of them. sample: the one training image. Throws RangeError for what the data set does not have.
 */
export function probedExamples(dataset: Dataset, probe: Probe): ProbedExamples {
  const poison = { stamp: probe.name === 'pattern' ? probe.size : 0, label: probe.target }
  requirePoison(poison, dataset)
  if (probe.name === 'sample') return { part: 'train', indices: Uint32Array.of(probe.image), poison }
  const indices = Uint32Array.from(dataset.test.labels.keys()).filter((i) => dataset.test.labels[i] !== probe.target)
  return { part: 'test', indices, poison }
}
