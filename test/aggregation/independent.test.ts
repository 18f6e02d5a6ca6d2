import { describe, expect, test } from 'vitest'
import { configurePipeline, configurePreAggregation, type MethodConfig } from '#aggregation/pipeline.ts'
import { disagreement } from '../vectors/byzfl.ts'
import vectors from '../vectors/independent.json' with { type: 'json' }
import { inputOf } from './input.ts'

interface Entry {
  readonly request: {
    readonly rule: MethodConfig | null
    readonly before?: readonly MethodConfig[]
    readonly inputs: readonly (readonly number[])[]
    readonly own: number
    readonly weights: readonly number[]
    readonly losses: readonly number[]
    readonly round: number
    readonly rounds: number
  }
  readonly output: readonly number[] | readonly (readonly number[])[]
}
const entries = (vectors.entries as unknown as readonly Entry[]).map((entry, at) => {
  const { rule, before = [], inputs } = entry.request
  return { ...entry, title: `${at}: ${JSON.stringify([...before, rule])} of ${inputs.length} vectors` }
})

describe('the second implementation', () => {
  test('answers one line per request', () => {
    expect(entries).toHaveLength(142)
  })

  test.each(entries)('agrees to 1e-5 on $title', ({ request, output }) => {
    const { rule, before = [], inputs, ...more } = request
    const input = inputOf(inputs, more)
    const n = inputs.length
    const ours = rule
      ? [configurePipeline({ ...rule, before }, n).aggregate(input).output]
      : configurePreAggregation(before, n).transform(input).vectors
    const golden = (rule ? [output] : output) as readonly (readonly number[])[]
    expect(ours).toHaveLength(golden.length)
    ours.forEach((vector, i) => {
      expect(disagreement(vector, golden[i] as readonly number[])).toBeLessThanOrEqual(1)
    })
  })
})
