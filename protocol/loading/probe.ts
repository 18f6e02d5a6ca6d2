import type { Dataset } from '#learning/datasets/dataset.ts'
import { probedExamples } from '#learning/training/probe.ts'
import { poisonData, probeOf } from '../adversary/poisoning.ts'
import type { Experiment } from '../experiment/schema.ts'
import type { Plan } from '../plan/plan.ts'
import { InputError } from './input-error.ts'

/** Indices of the training images that every peer needs to measure the probe: for `sample`, the attacked image. */
export function probedImages({ probe }: Pick<Experiment, 'probe'>): number[] {
  return probe?.name === 'sample' ? [probe.image] : []
}

/**
 * The experiment with its probe written out, so that honest peers and twins without the attack measure the same images.
 * Throws InputError if the data set lacks the probe's images, or if `expect` names attack.successRate but neither the
 * attack nor a probe defines it.
 */
export function withProbe(
  experiment: Experiment,
  dataset: Dataset,
  shards: readonly Uint32Array[],
  { byzantine }: Pick<Plan, 'byzantine'>,
): Experiment {
  const where = `${experiment.name}: ${experiment.probe ? 'probe' : 'attack'}`
  try {
    const probe = probeOf(
      experiment,
      poisonData(experiment, { classes: dataset.classes, labels: dataset.train.labels }, shards, byzantine),
    )
    if (probe) {
      probedExamples(dataset, probe)
      return { ...experiment, probe }
    }
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(`${where}: ${error.message}`)
    throw error
  }
  if (experiment.expect.some(({ metric }) => metric === 'attack.successRate')) {
    throw new InputError(
      `${experiment.name}: expect: attack.successRate needs a probe, or an attack with a goal of its own (such as backdoor)`,
    )
  }
  return experiment
}
