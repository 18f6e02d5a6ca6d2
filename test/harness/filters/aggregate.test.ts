import { describe, expect, test } from 'vitest'
import { aggregateLine } from '#harness/filters/aggregate.ts'
import { disagreement, goldenAggregations } from '../../vectors/byzfl.ts'
import searches from '../../vectors/searches.json' with { type: 'json' }

const inputs = [
  [1, 10],
  [2, 20],
  [6, 60],
]

test('answers with the output', () => {
  expect(aggregateLine({ rule: { name: 'median' }, inputs })).toEqual({ output: [2, 20] })
  expect(aggregateLine({ rule: { name: 'average' }, inputs, weights: [0.5, 0.5, 0] })).toEqual({ output: [1.5, 15] })
})

test('answers with the outputs of the pre-aggregators if rule is null', () => {
  const request = { rule: null, before: [{ name: 'nnm', f: 1 }], inputs }
  expect(aggregateLine(request)).toEqual({
    outputs: [
      [1.5, 15],
      [1.5, 15],
      [4, 40],
    ],
  })
})

test('gives buckets equal weights without weights, as ByzFL does, otherwise the summed weight of their inputs', () => {
  const request = {
    rule: { name: 'average' },
    before: [{ name: 'bucketing', size: 2, permutation: 'identity' }],
    inputs: [[1], [3], [8]],
  }
  expect(aggregateLine(request)).toEqual({ output: [5] })
  expect(aggregateLine({ ...request, weights: [0.25, 0.25, 0.5] })).toEqual({ output: [5] })
  expect(aggregateLine({ ...request, weights: [0.5, 0.25, 0.25] })).toEqual({ output: [3.5] })
})

test.each(searches.aggregate.map((entry) => ({ ...entry, title: JSON.stringify(entry.request.rule) })))(
  'agrees with the recorded outputs: $title',
  ({ request, output }) => {
    const answer = aggregateLine(request) as { output: number[] }
    expect(disagreement(answer.output, output)).toBeLessThanOrEqual(1)
  },
)

test('takes the state of a rule with memory, and own', () => {
  const rule = { name: 'centered-clipping', tau: 1 }
  expect(aggregateLine({ rule, inputs: [[4], [4]], state: [2] })).toEqual({ output: [3] })
  expect(aggregateLine({ rule, inputs: [[4], [4.5]], own: 1 })).toEqual({ output: [4.25] })
})

test('draws from seed, own and round', () => {
  const request = { rule: null, before: [{ name: 'bucketing', size: 1 }], inputs: inputs.map(([value]) => [value]) }
  const orders = [0, 1, 2, 3, 4, 5].map((seed) => JSON.stringify(aggregateLine({ ...request, seed })))
  expect(new Set(orders).size).toBeGreaterThan(1)
  expect(JSON.stringify(aggregateLine(request))).toBe(orders[0])
})

test('takes losses for rules that need them, and refuses a request without', () => {
  const request = { rule: { name: 'ubar', rho: 1, alpha: 0 }, inputs: [[0], [1], [4]] }
  expect(aggregateLine({ ...request, losses: [2, 1, 3] })).toEqual({ output: [1] })
  expect(() => aggregateLine(request)).toThrow('losses: are missing; ubar needs one for each input')
})

test('returns the memory of a rule as state, and takes it in the next request', () => {
  const request = { rule: { name: 'wfagg', f: 0 }, inputs: [[0], [1], [4]], members: [2, 5, 7] }
  const first = aggregateLine(request) as { state: number[] }
  expect(first.state).toEqual([2, -1, -1, -1, -1, 0, 5, -1, -1, -1, -1, 1, 7, -1, -1, -1, -1, 4])
  const second = aggregateLine({ ...request, inputs: [[0], [1.5], [4]], state: first.state }) as { state: number[] }
  expect(second.state).toEqual([2, 0, 1, -1, -1, 0, 5, 0.5, 0, -1, -1, 1.5, 7, 0, 0, -1, -1, 4])
})

test.each([
  [
    { rule: { name: 'median' }, inputs, members: [0, 1, 1] },
    /^members: must be 3 different indices, one for each input, got 2$/,
  ],
  [
    { rule: { name: 'smea', f: 30 }, inputs: Array(70).fill([1]) },
    /^smea needs C\(n, f\) <= 1000000 subsets, got n=70/,
  ],
  [{ inputs }, /^rule: is missing; it takes a section \{ name: NAME, ... \}, NAME one of average, median, /],
  [{ rule: { f: 1 }, inputs }, /^rule\.name: is missing; one of average, median, /],
  [
    { rule: { name: 'median' }, inputs, colour: 1 },
    /^colour: there is no such key; known here: rule, before, inputs, /,
  ],
  [
    { rule: { name: 'mean' }, inputs },
    /^rule\.name: "mean" is not allowed; one of average, .*; did you mean trimmed-mean\?$/,
  ],
  [{ rule: { name: 'medain' }, inputs }, /^rule\.name: "medain" is not allowed; .*, bridge; did you mean median\?$/],
  [{ rule: { name: 'median', f: 1 }, inputs }, /^rule\.f: there is no such key; median takes no parameters$/],
  [{ rule: { name: 'krum', f: 1, neighbors: 1 }, inputs }, /^rule\.neighbors: .*; did you mean neighbours\?$/],
  [{ rule: { name: 'krum', f: -1 }, inputs }, /^rule\.f: -1 is not allowed; it takes a whole number, at least 0, or /],
  [
    { rule: { name: 'krum', f: { share: 2 } }, inputs },
    /^rule\.f\.share: 2 is not allowed; it takes a number, at least 0 /,
  ],
  [{ rule: { module: './rule.ts' }, inputs }, /^rule\.name: is missing; one of average, /],
  [
    {
      rule: { name: 'median' },
      inputs,
      before: [
        { name: 'nnm', f: 0 },
        { name: 'bucketing', s: 2 },
      ],
    },
    /^before\[1\]\.s: there is no such key; known here: name, size, permutation$/,
  ],
  [{ rule: null, inputs }, /^before: is empty; without a rule it needs at least one pre-aggregator$/],
  [{ rule: { name: 'median' }, inputs, state: [1] }, /^state: must be left out; median has no memory$/],
  [
    { rule: { name: 'median' }, inputs, round: 7, rounds: 7 },
    /^rounds: must be more than round=7, which counts from 0, got 7$/,
  ],
  [{ rule: { name: 'krum' }, inputs }, /^rule\.f: is missing; it takes a whole number, at least 0, or /],
  [{ rule: { name: 'krum', f: 1 }, inputs }, /^krum needs n > 2f \+ 2 .*, got n=3, f=1$/],
  [{ rule: { name: 'median' }, inputs: [[1], [1, 2]] }, /^inputs\[1\] has 2 numbers, not 1: refused as wrong-shape$/],
  [{ rule: { name: 'median' }, inputs: [[1], ['NaN']] }, /^inputs\[1\]\[0\] is NaN, .* refused as not-finite$/],
  [{ rule: { name: 'median' }, inputs: [[1], [1e300]] }, /^inputs\[1\]\[0\] is 1e\+300, .* refused as not-finite$/],
  [
    { rule: { name: 'median' }, inputs: [[1], ['nan']] },
    /^inputs\[1\]\[0\]: "nan" is not allowed; it takes a number, or one of NaN, Infinity, -Infinity$/,
  ],
  [{ rule: { name: 'average' }, inputs, own: 3 }, /^own: must be the index of an input, 0 to 2, got 3$/],
  [{ rule: { name: 'average' }, inputs, weights: [1] }, /^weights: must be 3 numbers, one for each input, got 1$/],
  [{ rule: { name: 'average' }, inputs, weights: [1, 1, 1] }, /^weights: must sum to 1, got a sum of 3$/],
  [{ rule: { name: 'median', before: [] }, inputs }, /^rule\.before: /],
  ['median', /^"median" is not allowed; it takes a section \{ rule, before, inputs, /],
  [{ rule: 'krum', inputs }, /^rule: "krum" is not allowed; it takes a section \{ name: krum \}$/],
  [{ rule: { name: 'krum', f: 'two' }, inputs }, /^rule\.f: "two" is not allowed; it takes a whole number, /],
  [{ rule: { name: 'median' }, inputs: [] }, /^inputs: \[\] is not allowed; it takes a list of at least 1$/],
  [{ rule: { name: 'median' }, inputs: [[]] }, /^inputs\[0\]: \[\] is not allowed; /],
  [{ rule: { name: 'median' }, inputs: [[null]] }, /^inputs\[0\]\[0\]: null is not allowed; /],
  [{ rule: { name: 'median' }, inputs, seed: 'a'.repeat(1000) }, /^seed: "a{59}\.\.\. is not allowed; /],
])('refuses %j in one line', (request, reason) => {
  expect(() => aggregateLine(request)).toThrow(RangeError)
  expect(() => aggregateLine(request)).toThrow(reason)
  expect(() => aggregateLine(request)).toThrow(/^[^\n]+$/)
})

describe('ByzFL', () => {
  const entries = goldenAggregations()
  test.each(entries.filter(({ nonFinite }) => nonFinite))(
    'a vector that is not finite is refused: $title',
    ({ request }) => {
      expect(() => aggregateLine(request)).toThrow(/^inputs\[5\]\[0\] is (Infinity|NaN), .* refused as not-finite$/)
    },
  )

  test('every other line agrees to 1e-5 or is refused for too many Byzantine peers', () => {
    for (const { title, request, output, nonFinite } of entries) {
      if (nonFinite) continue
      if (title.startsWith('tooMany') && [request.rule, ...request.before].some((method) => method && 'f' in method)) {
        expect(() => aggregateLine(request)).toThrow(/needs n > 2f/)
        continue
      }
      // CAF of ByzFL has no result without Byzantine peers; ours is the mean (test/aggregation/golden.test.ts).
      if (!output) {
        expect(request.rule).toEqual({ name: 'caf', f: 0 })
        continue
      }
      const answer = aggregateLine(request) as { output?: number[]; outputs?: number[][] }
      const pairs = answer.outputs ? answer.outputs.map((row, i) => [row, output[i]]) : [[answer.output, output]]
      for (const [ours, golden] of pairs) {
        expect(disagreement(ours as number[], golden as number[]), title).toBeLessThanOrEqual(1)
      }
    }
  })
})
