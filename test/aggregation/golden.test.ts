import { describe, expect, test } from 'vitest'
import { configurePipeline, configurePreAggregation } from '#aggregation/pipeline.ts'
import { disagreement, goldenAggregations } from '../vectors/byzfl.ts'
import { inputOf } from './input.ts'

const entries = goldenAggregations()
const finite = entries.filter(({ nonFinite }) => !nonFinite)
/** ByzFL's NNM mixes vectors of which half are liars; ours refuses, as its rules do. */
const refusedHereOnly = ({ request }: (typeof entries)[number]) =>
  request.rule === null && request.inputs.length === 4 && request.before[0]?.f === 2

describe('ByzFL', () => {
  test('has entries for every rule that both have', () => {
    const names = new Set(finite.flatMap(({ request }) => [request.rule?.name, ...request.before.map((b) => b.name)]))
    expect([...names].filter(Boolean).sort()).toEqual(
      ['average', 'centered-clipping', 'krum', 'median', 'multi-krum', 'nnm', 'trimmed-mean'].sort(),
    )
    expect(finite).toHaveLength(98)
  })

  test.each(finite.filter((entry) => entry.output && !refusedHereOnly(entry)))(
    'agrees to 1e-5 on $title',
    ({ request, output }) => {
      const rows = request.inputs as readonly (readonly number[])[]
      const state = request.state && { state: Float32Array.from(request.state as readonly number[]) }
      const input = inputOf(rows, state)
      if (request.rule) {
        const rule = configurePipeline({ ...request.rule, before: request.before }, rows.length)
        expect(disagreement(rule.aggregate(input).output, output as number[])).toBeLessThanOrEqual(1)
        return
      }
      const { vectors } = configurePreAggregation(request.before, rows.length).transform(input)
      const golden = output as readonly number[][]
      expect(vectors).toHaveLength(golden.length)
      vectors.forEach((vector, i) => {
        expect(disagreement(vector, golden[i] as number[])).toBeLessThanOrEqual(1)
      })
    },
  )

  test.each(finite.filter((entry) => !entry.output || refusedHereOnly(entry)))(
    'refuses too many liars on $title',
    ({ request }) => {
      const n = request.inputs.length
      expect(() =>
        request.rule
          ? configurePipeline({ ...request.rule, before: request.before }, n)
          : configurePreAggregation(request.before, n),
      ).toThrow(/needs n > 2f.*got n=4, f=2/)
    },
  )
})
