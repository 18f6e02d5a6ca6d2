import { withoutPath } from '#learning/datasets/choice.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'

/** What everyone may know of an experiment: neither the attack nor how many lie, where and by which placement. */
export function publicExperiment(experiment: Experiment, n: number): Experiment {
  return {
    ...experiment,
    peers: { honest: n, byzantine: 0, placement: [] },
    attack: { name: 'none' },
    expect: [],
    twins: [],
  }
}

/** An experiment as it is told to other machines. */
export function withoutPaths(experiment: Experiment): Experiment {
  const { learning } = experiment
  return { ...experiment, learning: { ...learning, dataset: withoutPath(learning.dataset) } }
}
