import { isExternal } from '#aggregation/rules/external.ts'
import type { ExternalConfig } from '#node/compute/external-rule.ts'
import { trialOf } from '#node/compute/rule-trial.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { planOf } from '#protocol/plan/plan.ts'
import { builtUrl } from '../config/built.ts'

/** Throws InputError if a user's own rule of these experiments does not load, or its program does not start. */
export async function requireOwnRules(experiments: readonly Experiment[]): Promise<void> {
  const tried = new Set<string>()
  for (const experiment of experiments) {
    const { aggregation, exchange } = experiment
    if (exchange === 'none' || !isExternal(aggregation.name)) continue
    const { before: _, ...config } = aggregation
    const sizes = [...new Set(planOf(experiment).neighbourhoods.map(({ members }) => members.length))]
    const key = JSON.stringify([config, sizes])
    if (tried.has(key)) continue
    tried.add(key)
    const problem = await trialOf({ config: config as ExternalConfig, sizes }, builtUrl('node/compute/worker.js'))
    if (problem !== undefined)
      throw new InputError(problem.startsWith('aggregation') ? problem : `aggregation: ${problem}`)
  }
}
