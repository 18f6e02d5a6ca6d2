import type { Dataset } from '#learning/datasets/dataset.ts'
import { DataMissingError, loadDataset } from '#node/data/load.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { InputError } from '#protocol/loading/input-error.ts'

interface NamesData {
  readonly learning: Pick<Experiment['learning'], 'dataset'>
}

/** The data set that an experiment names. Throws InputError if it is missing or malformed. */
export async function dataOf({ learning: { dataset } }: NamesData): Promise<Dataset> {
  try {
    return await loadDataset(dataset)
  } catch (error) {
    if (error instanceof DataMissingError || error instanceof RangeError)
      throw new InputError(typeof dataset === 'string' ? error.message : `learning.dataset.folder: ${error.message}`)
    throw error
  }
}
