import { describe, expect, test } from 'vitest'
import { configurePipeline, configurePreAggregation } from '#aggregation/pipeline.ts'
import { disagreement, goldenAggregations } from '../vectors/byzfl.ts'
import { inputOf } from './input.ts'

const entries = goldenAggregations()
const finite = entries.filter(({ nonFinite }) => !nonFinite)
/** ByzFL's NNM and ARC, and its exact CAF and SMEA, accept a Byzantine half; ours refuse it. */
const refusedHereOnly = ({ request }: (typeof entries)[number]) =>
  request.inputs.length === 4 && [request.rule, ...request.before].some((method) => method?.f === 2)
/** ByzFL's CAF returns nothing without Byzantine peers: its loop ends before the first mean. */
const withoutResult = ({ request }: (typeof entries)[number]) => request.rule?.name === 'caf' && request.rule.f === 0

describe('ByzFL', () => {
  test('has entries for every rule that both have', () => {
    const names = new Set(finite.flatMap(({ request }) => [request.rule?.name, ...request.before.map((b) => b.name)]))
    expect([...names].filter(Boolean).sort()).toEqual(
      [
        ...['average', 'median', 'trimmed-mean', 'mean-around-median', 'krum', 'multi-krum', 'geometric-median'],
        ...['centered-clipping', 'mda', 'monna', 'caf', 'smea', 'nnm', 'bucketing', 'clipping', 'arc'],
      ].sort(),
    )
    expect(finite).toHaveLength(259)
  })

  test.each(finite.filter((entry) => entry.output && !refusedHereOnly(entry)))(
    'agrees to 1e-5 on $title',
    ({ request, output }) => {
      const rows = request.inputs as readonly (readonly number[])[]
      const state = request.state && { state: Float32Array.from(request.state as readonly number[]) }
      const input = inputOf(rows, { ...state, own: request.own ?? 0 })
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

  test('has no result for CAF without Byzantine peers; ours is the mean', () => {
    const entry = finite.find(withoutResult)
    expect(entry?.output).toBeNull()
    const rows = entry?.request.inputs as readonly (readonly number[])[]
    const [mine, mean] = [{ name: 'caf', f: 0 }, { name: 'average' }].map((config) =>
      configurePipeline(config, rows.length).aggregate(inputOf(rows)),
    )
    expect(mine?.output).toEqual(mean?.output)
  })

  test.each(finite.filter((entry) => !withoutResult(entry) && (!entry.output || refusedHereOnly(entry))))(
    'refuses too many Byzantine peers on $title',
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
