import { composeExact } from './compose.ts'
import type { Row } from './facts.ts'
import type { PipelineConfig } from './pipeline.ts'
import { preAggregators, rules } from './registry.ts'
import type { ExactRule } from './rule.ts'

/**
 * The 64-bit twin of a rule with its pre-aggregators, for searches that other frameworks run in 64-bit numbers. In 32
 * bits, rounding would decide which factor is best wherever the gain hardly changes with the factor. Undefined if a
 * method declares no twin or draws at random.
 */
export function exactPipeline({ before = [], ...values }: PipelineConfig, state?: Row): ExactRule | undefined {
  const stages = before.map((stage) => preAggregators.find(({ name }) => name === stage.name)?.configureExact(stage))
  return composeExact(stages, rules.find(({ name }) => name === values.name)?.configureExact(values), state)
}
