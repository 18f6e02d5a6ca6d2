import { describe, expect, test } from 'vitest'
import { configurePipeline, type PipelineConfig } from '#aggregation/pipeline.ts'
import { disagreement } from '../../vectors/byzfl.ts'
import golden from '../../vectors/gossip.json' with { type: 'json' }
import { inputOf } from '../input.ts'

interface Result {
  readonly rule?: string
  readonly params: Readonly<Record<string, unknown>>
  readonly output: readonly number[]
}

/** The golden rules as our configurations. */
const rules: Record<string, (params: Result['params']) => PipelineConfig> = {
  'ClippedGossip (SelfCenteredClipping)': ({ tau }) => ({
    name: 'clipped-gossip',
    radius: typeof tau === 'number' ? tau : 'second-largest',
  }),
  'gossip average': () => ({ name: 'average' }),
  average_sparse: () => ({ name: 'average' }),
  CSplus_RG: ({ f }) => ({ name: 'cs-plus', f }),
  // Their code keeps a weight below 1 - b; the paper's at most 1 - b is `adaptive`.
  CShe_RG: ({ f }) => ({ name: 'clipped-gossip', radius: 'adaptive-strict', f }),
  BALANCE: ({ gamma, kappa, alpha }) => ({ name: 'balance', gamma, kappa, alpha }),
  // With equal losses the second stage accepts all.
  'UBAR stage 1 only (no loss check)': ({ rho, alpha }) => ({ name: 'ubar', rho, alpha }),
  Sketchguard: ({ sketchSize, hash, sign, gamma, kappa, alpha }) => ({
    ...{ name: 'sketchguard', sketchSize, hash, sign },
    ...{ gamma, kappa, alpha },
  }),
}

const entries = golden.cases.flatMap(({ id, inputs, results }) =>
  (results as readonly Result[])
    .filter(({ rule }) => rule !== undefined)
    .map((result) => ({ ...result, id, inputs, title: `${id}: ${result.rule} ${JSON.stringify(result.params)}` })),
)

describe('rules for graphs', () => {
  test('all have a counterpart', () => {
    expect(entries).toHaveLength(24)
    expect([...new Set(entries.map(({ rule }) => rule as string))].filter((rule) => !rules[rule])).toEqual([])
  })

  test.each(entries)('agree to 1e-5 on $title', ({ rule, params, inputs, output }) => {
    const config = rules[rule as string]?.(params) as PipelineConfig
    const input = inputOf(inputs, {
      losses: inputs.map(() => 0),
      round: Number(params.round ?? 0),
      rounds: Number(params.totalRounds ?? 1),
    })
    const ours = configurePipeline(config, inputs.length).aggregate(input).output
    expect(disagreement(ours, output)).toBeLessThanOrEqual(1)
  })
})
