import type { Dataset } from '#learning/datasets/dataset.ts'
import { outputShapes } from '#learning/engines/shapes.ts'
import { buildModel } from '#learning/models/registry.ts'
import type { Experiment } from '../experiment/schema.ts'
import { shardsOf } from '../plan/shards.ts'
import { InputError } from './input-error.ts'

/** Throws InputError if the images of a data set do not fit the model, or if they are too few for the peers. */
export function requireFit(experiment: Experiment, dataset: Dataset): void {
  const { learning, name, peers } = experiment
  const [height, width, channels] = dataset.train.shape
  at(`${name}: learning.model`, () =>
    outputShapes(buildModel(learning.model, height * width * channels, dataset.classes), dataset),
  )
  at(`${name}: learning.partition`, () => shardsOf(experiment, dataset.train.labels, peers.honest + peers.byzantine))
}

function at(where: string, attempt: () => unknown): void {
  try {
    attempt()
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(`${where}: ${error.message}`)
    throw error
  }
}
