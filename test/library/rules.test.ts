import { describe, expect, test } from 'vitest'
import { configurePipeline } from '#aggregation/pipeline.ts'
import { rules as declared, preAggregators } from '#aggregation/registry.ts'
import { randomStream } from '#learning/random.ts'
import type { Rule } from '#library/callable-rule.ts'
import { callablePreAggregator, callableRule } from '#library/callable-rule.ts'
import * as rules from '#library/rules.ts'
import { average, bucketing, centeredClipping, krum, median, nnm, trimmedMean, ubar } from '#library/rules.ts'

const vectors = (n: number, d = 7): Float32Array[] => {
  const random = randomStream(5, 'library', n, d)
  return Array.from({ length: n }, () => Float32Array.from({ length: d }, () => 2 * random() - 1))
}

test('the library has every rule and pre-aggregator of the registry, and no other', () => {
  const names = Object.values(rules).map((make) => nameOf(make as (parameters: object) => unknown))
  expect(names.sort()).toEqual([...declared, ...preAggregators].map(({ name }) => name).sort())
})

/** The name of the method that a factory makes, from its error for a key that no method has. */
function nameOf(make: (parameters: object) => unknown): string {
  try {
    make({ noSuchKey: 1 })
  } catch (error) {
    return String((error as Error).message.split(':')[0])
  }
  throw new Error('the factory took an unknown key')
}

test.each(declared.map((declaration) => [declaration.name, declaration] as const))(
  '%s computes what a configured pipeline computes',
  (name, declaration) => {
    const given = vectors(11)
    const losses = given.map((_, i) => i / 7)
    const parameters = 'f' in declaration.parameters ? { f: 1 } : {}
    const make = callableRule(declaration as never) as (parameters: object) => Rule
    const result = make(parameters)(given, { own: 2, losses, seed: 3, round: 1, rounds: 4 })
    const expected = configurePipeline({ name, ...parameters }, 11).aggregate({
      vectors: given,
      own: 2,
      weights: given.map(() => 1 / 11),
      round: 1,
      rounds: 4,
      losses,
      random: randomStream(3, 'aggregation', 2, 1),
    })
    expect(result.output).toEqual(expected.output)
    expect(result.influence).toEqual(expected.influence)
    expect(result.state).toEqual(expected.state)
  },
)

describe('a callable rule', () => {
  test('returns a vector, or with options output, influence and state', () => {
    const [first, ...rest] = [Float32Array.of(1, 9), Float32Array.of(2, 8), Float32Array.of(90, -7)]
    expect(median()([first!, ...rest])).toEqual(Float32Array.of(2, 8))
    const { output, influence, state } = centeredClipping()([first!, ...rest], {})
    expect(output).toBeInstanceOf(Float32Array)
    expect(influence).toHaveLength(3)
    expect(state).toEqual(output)
    expect(average()([first!, ...rest], { influence: false })).not.toHaveProperty('influence')
  })

  test('takes rows of plain numbers and leaves its inputs as they are', () => {
    const rows = [
      [1, 2],
      [3, 4],
      [5, 9],
    ]
    expect(average()(rows)).toEqual(Float32Array.of(3, 5))
    const given = vectors(5)
    const before = given.map((vector) => vector.slice())
    trimmedMean({ f: 1 })(given)
    expect(given).toEqual(before)
  })

  test('has the name and every parameter with its default, as experiments have them', () => {
    expect(krum({ f: 1 }).config).toEqual({ name: 'krum', f: 1, neighbours: 'n-f-2', squared: true })
    expect(krum({ f: 1, before: [nnm({ f: 1 })] }).config.before).toEqual([{ name: 'nnm', f: 1 }])
    expect(krum({ f: 1 }).name).toBe('krum')
  })

  test('runs pre-aggregators before it, and traces influence back to the inputs', () => {
    const given = vectors(9)
    const { output, influence } = krum({ f: 1, before: [nnm({ f: 1 })] })(given, { own: 0 })
    const expected = configurePipeline({ name: 'krum', f: 1, before: [{ name: 'nnm', f: 1 }] }, 9).aggregate({
      vectors: given,
      own: 0,
      weights: given.map(() => 1 / 9),
      round: 0,
      rounds: 1,
    })
    expect(output).toEqual(expected.output)
    expect(influence).toEqual(expected.influence)
    expect(nnm({ f: 1 })(given)).toHaveLength(9)
    expect(bucketing({ size: 3 })(given)).toHaveLength(3)
    expect(krum({ f: 0, before: [bucketing({ size: 3 })] })(given, {}).influence).toHaveLength(9)
  })

  test('carries its state from round to round', () => {
    const rule = centeredClipping({ tau: 1 })
    const first = rule(vectors(6), {})
    const again = rule(vectors(6), { state: first.state, round: 1 })
    expect(again.output).not.toEqual(first.output)
  })
})

test('a pre-aggregator that the user declares becomes a factory too', () => {
  expect(callablePreAggregator(preAggregators[0])({ f: 1 }).config).toEqual({ name: 'nnm', f: 1 })
})

const few = vectors(5)
test.each([
  ['too few vectors', () => krum({ f: 3 })(few), 'krum: f = 3 needs at least 9 vectors, got 5'],
  [
    'too few for a share',
    () => trimmedMean({ f: { share: 0.5 } })(vectors(4)),
    /^trimmed-mean: f = \d+ needs at least \d+ vectors, got 4$/,
  ],
  [
    'too few behind a pre-aggregator',
    () => krum({ f: 1, before: [nnm({ f: 1 })] })(vectors(3)),
    'nnm + krum: f = 1 needs at least 5 vectors, got 3',
  ],
  ['no vector', () => average()([]), 'average: needs at least 1 vector, got 0'],
  [
    'no parameters',
    () => (krum as unknown as () => unknown)(),
    'krum: f: is missing; it takes a whole number, at least 0, or a section { share }',
  ],
  [
    'a wrong value',
    () => krum({ f: -1 }),
    'krum: f: -1 is not allowed; it takes a whole number, at least 0, or a section { share }',
  ],
  [
    'an unknown key',
    () => krum({ f: 1, neighbors: 'n-f' } as never),
    'krum: neighbors: there is no such key; did you mean neighbours?',
  ],
  ['unequal lengths', () => median()([[1, 2], [3]]), 'median: vectors[1]: must have 2 numbers, got 1'],
  [
    'a number that is not finite',
    () => median()([[1], [Number.NaN]]),
    'median: vectors[1][0]: is NaN, must be a finite 32-bit number',
  ],
  [
    'a number beyond 32 bits',
    () => median()([[1], [1e39]]),
    'median: vectors[1][0]: is 1e+39, must be a finite 32-bit number',
  ],
  [
    'an infinity at the end of a long vector',
    () => median()([Float32Array.of(1, 2, 3, 4, 5, 6, Infinity)]),
    'median: vectors[0][6]: is Infinity, must be a finite 32-bit number',
  ],
  ['no array', () => median()('text' as never), 'median: vectors: must be an array of vectors, got "text"'],
  [
    'a missing vector',
    () => median()([[1], null as never]),
    'median: vectors[1]: must be a vector of numbers, such as a Float32Array, got null',
  ],
  [
    'an own index beyond the vectors',
    () => krum({ f: 1 })(few, { own: 9 }),
    'krum: own: must be the index of an input, 0 to 4, got 9',
  ],
  [
    'weights of another length',
    () => average()(few, { weights: [1] }),
    'average: weights: must be 5 numbers, one for each input, got 1',
  ],
  [
    'weights with another sum',
    () => average()(few, { weights: few.map(() => 1) }),
    'average: weights: must sum to 1, got a sum of 5',
  ],
  ['no losses', () => ubar()(few), 'ubar: losses: are missing; ubar needs one for each input'],
  [
    'a state for a rule without memory',
    () => median()(few, { state: Float32Array.of(1) }),
    'median: state: must be left out; median has no memory',
  ],
  [
    'something else as a pre-aggregator',
    () => krum({ f: 1, before: [{ name: 'nnm' } as never] }),
    'krum: before[0]: must be a pre-aggregator, such as nnm({ f: 1 })',
  ],
])('%s is one line', (_, run, message) => {
  expect(run).toThrow(RangeError)
  expect(run).toThrow(
    typeof message === 'string' ? new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : message,
  )
})
