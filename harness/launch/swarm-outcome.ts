import type { Dataset } from '#learning/datasets/dataset.ts'
import { buildModel } from '#learning/models/registry.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import type { LoggedEvent } from '#protocol/record/events.ts'
import type { RunOutcome } from '#protocol/simulation/outcome.ts'
import { joinSketches, rolesOf } from '#report/summary/join.ts'
import type { CoordinatorResult } from '../coordinator/coordinator.ts'

/** The outcome of a swarm from the coordinator's log. Metrics that need vectors are estimated from sketches. */
export function swarmOutcome(run: {
  readonly experiment: Experiment
  readonly dataset: Dataset
  readonly result: CoordinatorResult
  readonly log: readonly LoggedEvent[]
  readonly transcriptHash: string
}): RunOutcome {
  const { dataset, result, log } = run
  const [height, width, channels] = dataset.train.shape
  const d = buildModel(run.experiment.learning.model, height * width * channels, dataset.classes).parameterCount
  const joined = joinSketches(log, rolesOf(result.roster), d)
  return {
    outcome: result.outcome,
    ...(result.failure === undefined ? {} : { failure: result.failure }),
    roster: result.roster,
    log,
    neighbourhoods: joined.neighbourhoods,
    consensus: joined.consensus,
    exact: false,
    transcriptHash: run.transcriptHash,
  }
}
