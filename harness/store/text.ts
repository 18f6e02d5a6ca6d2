import { relative, resolve } from 'node:path'
import { stringify } from 'yaml'
import type { Experiment } from '#protocol/experiment/schema.ts'

/** A resolved experiment as YAML for a folder: the path of a data folder is relative to it. */
export function experimentText(experiment: Experiment, folder: string): string {
  const { learning } = experiment
  if (typeof learning.dataset === 'string') return stringify(experiment, { lineWidth: 0 })
  const dataset = { ...learning.dataset, folder: relative(folder, resolve(learning.dataset.folder)) || '.' }
  return stringify({ ...experiment, learning: { ...learning, dataset } }, { lineWidth: 0 })
}
