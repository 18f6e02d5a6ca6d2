import type { Dataset } from '#learning/datasets/dataset.ts'
import { DataMissingError, loadDataset } from '#node/data/load.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { InputError } from '#protocol/loading/input-error.ts'

/** The data set of an experiment. Throws InputError if it is missing or malformed. */
export async function dataOf(experiment: Experiment): Promise<Dataset> {
  const { dataset } = experiment.learning
  try {
    return await loadDataset(dataset)
  } catch (error) {
    if (error instanceof DataMissingError || error instanceof RangeError)
      throw new InputError(typeof dataset === 'string' ? error.message : `learning.dataset.folder: ${error.message}`)
    throw error
  }
}
