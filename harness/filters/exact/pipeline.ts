import type { PipelineConfig } from '#aggregation/pipeline.ts'
import type { ExactRule } from '#attacks/attack.ts'
import { exactPreAggregators } from './pre-aggregators.ts'
import type { Row } from './rows.ts'
import { exactRules } from './rules.ts'

/**
 * The 64-bit twin of a rule with its pre-aggregators, for searches that other frameworks make in 64-bit numbers: where the
 * gain hardly changes with the factor, 32 bits decide by chance which factor is best. Undefined where a method has no
 * twin or draws at random.
 */
export function exactPipeline({ before = [], ...values }: PipelineConfig, state?: Row): ExactRule | undefined {
  const stages = before.map((stage) => exactPreAggregators[stage.name]?.(stage))
  const rule = exactRules[values.name]?.(values)
  if (!rule || stages.some((stage) => !stage)) return undefined
  return (vectors, own = 0) => {
    const mixed = stages.reduce((last, stage) => stage?.(last) ?? last, { rows: vectors, own })
    return rule(mixed.rows, mixed.own, state)
  }
}
