import { describe, expect, test } from 'vitest'
import { exactPipeline } from '#aggregation/exact-pipeline.ts'
import { configurePipeline, type PipelineConfig } from '#aggregation/pipeline.ts'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { randomStream } from '#learning/random.ts'

const n = 9
const d = 5
const random = randomStream(7, 'test', 0, 0)
const vectors = Array.from({ length: n }, () => Float32Array.from({ length: d }, () => 4 * random() - 2))
const own = 2

/** Values beyond those of the conformance suite, to cover every branch of a twin. */
const variants: Record<string, readonly object[]> = {
  'trimmed-mean': [{}, { variant: 'around-median' }, { variant: 'around-median', keep: 'n-f-1' }],
  krum: [{}, { neighbours: 'n-f-1' }, { neighbours: 'n-f', squared: false }],
  'multi-krum': [{}, { neighbours: 'n-f-1' }, { select: 3, squared: false }],
  'geometric-median': [{}, { start: 'zero', nu: 0.1 }, { iterations: 0 }, { nu: 3, iterations: 5 }],
  'centered-clipping': [{ tau: 1 }, { tau: 0.5, iterations: 3, start: 'zero' }, { tau: 1, start: [1, 2, 3, 4, 5] }],
  caf: [{}, { greatest: 'all' }],
  bucketing: [{ permutation: 'identity' }, { size: 3, permutation: [8, 0, 7, 1, 6, 2, 5, 3, 4] }],
  clipping: [{}, { radius: 1 }],
}
const withTwin = <T extends { readonly name: string; readonly exact?: unknown }>(list: readonly T[]) =>
  list.filter(({ exact }) => exact)
const all = (list: readonly { readonly name: string; readonly parameters: object; readonly exact?: unknown }[]) =>
  withTwin(list).flatMap(({ name, parameters }) =>
    (variants[name] ?? [{}]).map((values) => ({ name, ...('f' in parameters ? { f: 2 } : {}), ...values })),
  )

describe('a twin in 64-bit numbers agrees with its rule', () => {
  const configs: PipelineConfig[] = [
    ...all(rules),
    ...all(preAggregators).flatMap((stage) =>
      ['median', 'monna'].map((name) => ({ name, ...(name === 'monna' ? { f: 1 } : {}), before: [stage] })),
    ),
    {
      name: 'krum',
      f: 1,
      before: [
        { name: 'arc', f: 1 },
        { name: 'nnm', f: { share: 0.2 } },
      ],
    },
  ]
  test.each(configs.map((config) => ({ config, title: JSON.stringify(config) })))('$title', ({ config }) => {
    const { output } = configurePipeline(config, n).aggregate({
      ...{ vectors, own, round: 0, rounds: 1 },
      weights: vectors.map(() => 1 / n),
    })
    const exact = exactPipeline(config)?.(vectors, own) as Float64Array
    expect([...exact].map((value, k) => Math.abs(value - (output[k] as number)) < 1e-6)).toEqual(Array(d).fill(true))
  })
})

test('every rule and pre-aggregator of ByzFL has a twin', () => {
  const names = withTwin([...rules, ...preAggregators]).map(({ name }) => name)
  expect(names).toEqual(
    expect.arrayContaining([
      ...['average', 'caf', 'centered-clipping', 'geometric-median', 'krum', 'mda', 'mean-around-median', 'median'],
      ...['monna', 'multi-krum', 'smea', 'trimmed-mean', 'arc', 'bucketing', 'clipping', 'nnm'],
    ]),
  )
})

test('there is no twin if a method draws or has none', () => {
  expect(exactPipeline({ name: 'median', before: [{ name: 'bucketing' }] })).toBeUndefined()
  expect(exactPipeline({ name: 'gts', f: 1 })).toBeUndefined()
})

test('a rule with memory starts at its state', () => {
  const rule = exactPipeline({ name: 'centered-clipping', tau: 1 }, [2])
  expect(rule?.([[4], [4]], 0)).toEqual(Float64Array.of(3))
})

test('separates gains that 32 bits do not', () => {
  const mean = exactPipeline({ name: 'average' })
  const moved = (z: number) => mean?.([[1], [1], [1 + z]], 0)[0] as number
  expect(moved(1e-9)).toBeGreaterThan(moved(0))
})
