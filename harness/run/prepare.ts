import type { Dataset } from '#learning/datasets/dataset.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { requireFit } from '#protocol/loading/fit.ts'
import { withProbe } from '#protocol/loading/probe.ts'
import { type Plan, planOf } from '#protocol/plan/plan.ts'
import { shardsOf } from '#protocol/plan/shards.ts'
import { starvationWarning } from '#report/summary/starvation-warning.ts'
import { toleranceNote } from '#report/summary/tolerance-note.ts'
import { type Twin, twinsOf } from './twins.ts'

/** A run that may begin. */
export interface PreparedRun {
  /** With its probe written out. */
  readonly experiment: Experiment
  readonly plan: Plan
  readonly twins: readonly Twin[]
  /** Warnings for the user before the run. */
  readonly warnings: readonly string[]
  /** Notes of the report on the rule's tolerance. */
  readonly tolerance: readonly string[]
}

/** Prepares a run without starting anything. Throws InputError if it cannot run with this data set. */
export function prepareRun(asked: Experiment, dataset: Dataset): PreparedRun {
  requireFit(asked, dataset)
  const plan = planOf(asked)
  const experiment = withProbe(asked, dataset, shardsOf(asked, dataset.train.labels, plan.n), plan)
  return {
    experiment,
    plan,
    twins: twinsOf(experiment),
    warnings: starvationWarning(experiment, plan),
    tolerance: toleranceNote(experiment, plan),
  }
}
