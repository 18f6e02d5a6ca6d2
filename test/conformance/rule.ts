import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Bound, Property } from '#aggregation/facts.ts'
import { configurePipeline, type PipelineConfig } from '#aggregation/pipeline.ts'
import type { AggregationInput } from '#aggregation/rule.ts'

/** One configuration to test against the contract of rules. */
export interface RuleUnderTest {
  readonly title: string
  /** The rule at a tolerance of f; rules without an f ignore it. */
  readonly config: (f: number) => PipelineConfig
  /** Properties that this rule lacks, with the reason. */
  readonly exceptions?: { readonly [property in Property]?: string }
  /** Bound on the move of the output from the honest mean by f Byzantine peers (`aggregation/math/bounds.ts`). */
  readonly kappa?: Bound
}

interface Round {
  readonly n: number
  readonly f: number
  readonly rows: readonly (readonly number[])[]
  readonly own: number
  readonly weights: readonly number[]
}

/** Whole multiples of 2^-12 below 512: float32 holds them, their sums and their doubles exactly. */
const coordinate = fc.noBias(fc.integer({ min: -(2 ** 21), max: 2 ** 21 })).map((value) => value / 4096)
const shift = fc.noBias(fc.integer({ min: -(2 ** 20), max: 2 ** 20 })).map((value) => value / 4096)

/** The contract of every rule, alone or behind pre-aggregators. */
export function describeRule({ title, config, exceptions = {}, kappa }: RuleUnderTest) {
  const least = (f: number) => {
    let n = 1
    while (refuses(config(f), n)) n++
    return n
  }
  const d = 4
  const round = fc
    .integer({ min: 1, max: 2 })
    .chain((f) => fc.tuple(fc.constant(f), fc.integer({ min: Math.max(least(f), 2 * f + 1) + 1, max: least(f) + 6 })))
    .chain(([f, n]) =>
      fc.record<Round>({
        n: fc.constant(n),
        f: fc.constant(f),
        rows: fc.array(fc.array(coordinate, { minLength: d, maxLength: d }), { minLength: n, maxLength: n }),
        own: fc.integer({ min: 0, max: n - 1 }),
        weights: fc
          .array(fc.integer({ min: 1, max: 9 }), { minLength: n, maxLength: n })
          .map((parts) => parts.map((part) => part / parts.reduce((sum, other) => sum + other, 0))),
      }),
    )
  const run = ({ n, f, rows, own, weights }: Round) =>
    configurePipeline(config(f), n).aggregate(input(rows, own, weights))

  describe(title, () => {
    test('returns d finite numbers in a new array and does not change its inputs', () => {
      fc.assert(
        fc.property(round, ({ n, f, rows, own, weights }) => {
          const given = input(rows, own, weights)
          const { output } = configurePipeline(config(f), n).aggregate(given)
          expect(output).toHaveLength(d)
          expect(output.every(Number.isFinite)).toBe(true)
          expect(given.vectors.every((vector) => vector.buffer !== output.buffer)).toBe(true)
          expect(given.vectors.map((vector) => [...vector])).toEqual(rows)
          expect(given.weights).toEqual(weights)
        }),
        { numRuns: 40 },
      )
    })

    test('returns the influence of each vector: n shares, none negative, with a sum of at most 1', () => {
      fc.assert(
        fc.property(round, (given) => {
          const { influence } = run(given)
          expect(influence).toHaveLength(given.n)
          expect(Math.min(...influence)).toBeGreaterThanOrEqual(0)
          const total = influence.reduce((sum, share) => sum + share, 0)
          expect(total).toBeGreaterThan(0)
          expect(total).toBeLessThanOrEqual(1 + 1e-9)
        }),
        { numRuns: 40 },
      )
    })

    test('gives the same bits twice', () => {
      fc.assert(
        fc.property(round, (given) => {
          expect([...run(given).output]).toEqual([...run(given).output])
        }),
        { numRuns: 20 },
      )
    })

    test("gives all peers the same output, unless it declares itself centred on the peer's own vector", () => {
      fc.assert(
        fc.property(round, (given) => {
          if (configurePipeline(config(given.f), given.n).selfCentred) return
          const neighbour = { ...given, own: (given.own + 1) % given.n }
          expect([...run(neighbour).output]).toEqual([...run(given).output])
        }),
        { numRuns: 20 },
      )
    })

    test.skipIf(exceptions.permutation)('does not depend on the order of the vectors', () => {
      fc.assert(
        fc.property(
          round.chain((given) =>
            fc.tuple(
              fc.constant(given),
              fc.shuffledSubarray([...given.rows.keys()], { minLength: given.n, maxLength: given.n }),
            ),
          ),
          ([given, order]) => {
            const moved = {
              ...given,
              rows: order.map((i) => given.rows[i] as number[]),
              weights: order.map((i) => given.weights[i] as number),
              own: order.indexOf(given.own),
            }
            expectClose(run(moved).output, run(given).output)
          },
        ),
        { numRuns: 100 },
      )
    })

    test.skipIf(exceptions.translation)('moves with its inputs', () => {
      fc.assert(
        fc.property(round, fc.array(shift, { minLength: d, maxLength: d }), (given, by) => {
          const moved = { ...given, rows: given.rows.map((row) => row.map((value, k) => value + (by[k] as number))) }
          const expected = run(given).output.map((value, k) => value + (by[k] as number))
          expectClose(run(moved).output, expected)
        }),
        { numRuns: 60 },
      )
    })

    test.skipIf(exceptions.scale)('scales with its inputs, exactly for powers of two', () => {
      fc.assert(
        fc.property(round, fc.constantFrom(0.125, 2, 1024), (given, factor) => {
          const scaled = { ...given, rows: given.rows.map((row) => row.map((value) => value * factor)) }
          expect([...run(scaled).output]).toEqual(Array.from(run(given).output, (value) => value * factor))
        }),
        { numRuns: 40 },
      )
    })

    test.skipIf(exceptions.unanimity)('returns the common vector if all are equal', () => {
      fc.assert(
        fc.property(round, (given) => {
          const common = given.rows[0] as number[]
          expectClose(run({ ...given, rows: given.rows.map(() => common) }).output, common)
        }),
        { numRuns: 20 },
      )
    })

    test('refuses a neighbourhood one vector too small, at the start and in a round', () => {
      for (const f of [0, 1, 2]) {
        const n = least(f)
        expect(() => configurePipeline(config(f), n - 1)).toThrow(RangeError)
        expect(() => configurePipeline(config(f), n - 1)).toThrow(/needs .*, got n=/)
        const rule = configurePipeline(config(f), n)
        expect(rule.minimum).toBe(n)
        const rows = Array.from({ length: n - 1 }, () => [1, 2])
        expect(() =>
          rule.aggregate(
            input(
              rows,
              0,
              rows.map(() => 1 / (n - 1)),
            ),
          ),
        ).toThrow(RangeError)
      }
    })

    test.skipIf(!kappa)('stays within its bound of the honest mean, for any f Byzantine vectors', () => {
      fc.assert(
        fc.property(round.chain(withByzantine), ({ given, honest }) => {
          const mean = Array.from({ length: d }, (_, k) => average(honest.map((row) => row[k] as number)))
          const spread = average(honest.map((row) => squared(row, mean)))
          const bound = (kappa as NonNullable<typeof kappa>)(given.n, given.f) * spread
          expect(squared([...run(given).output], mean)).toBeLessThanOrEqual(bound * (1 + 1e-5) + 1e-6)
        }),
        { numRuns: 150 },
      )
    })
  })
}

/** The same round, with the last f rows crafted from the honest ones, in a random order. */
function withByzantine(given: Round) {
  const { n, f, rows } = given
  const honest = rows.slice(0, n - f)
  const d = (rows[0] as number[]).length
  const mean = Array.from({ length: d }, (_, k) => average(honest.map((row) => row[k] as number)))
  const away = (t: number) =>
    mean.map((centre, k) => centre + t * Math.sqrt(average(honest.map((row) => ((row[k] as number) - centre) ** 2))))
  const lie = fc.oneof(
    fc.constantFrom(-3, -1.5, -1, -0.5, 0.3, 0.7, 1, 2, 10).map(away),
    fc.constantFrom(...honest),
    fc.array(coordinate, { minLength: d, maxLength: d }),
    fc.array(fc.constantFrom(-1e6, 0, 1e6), { minLength: d, maxLength: d }),
  )
  const lies = fc.oneof(
    lie.map((same) => Array.from({ length: f }, () => same)),
    fc.array(lie, { minLength: f, maxLength: f }),
  )
  return fc.tuple(lies, fc.shuffledSubarray([...rows.keys()], { minLength: n, maxLength: n })).map(([sent, order]) => {
    const all = [...honest, ...sent]
    const own = order.indexOf(given.own % honest.length)
    return { honest, given: { ...given, own, rows: order.map((i) => all[i] as number[]) } }
  })
}

function refuses(config: PipelineConfig, n: number): boolean {
  try {
    configurePipeline(config, n)
    return false
  } catch {
    return true
  }
}

function input(rows: readonly (readonly number[])[], own: number, weights: readonly number[]): AggregationInput {
  const mine = rows[own] ?? []
  return {
    vectors: rows.map((row) => Float32Array.from(row)),
    own,
    weights: [...weights],
    round: 0,
    rounds: 1,
    // Losses compare alike for any order, translation and scale of the vectors.
    losses: rows.map((row) => row.reduce((sum, value, k) => sum + value - (mine[k] as number), 0)),
    random: stream(),
  }
}

/** The same numbers in [0, 1) every time (Knuth's linear congruential generator). */
function stream(): () => number {
  let state = 42
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function expectClose(ours: ArrayLike<number>, expected: ArrayLike<number>) {
  expect(ours.length).toBe(expected.length)
  const greatest = Math.max(...Array.from(ours, (value, k) => Math.abs(value - (expected[k] as number))))
  expect(greatest).toBeLessThan(1e-3)
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function squared(x: readonly number[], y: readonly number[]): number {
  return x.reduce((sum, value, k) => sum + (value - (y[k] as number)) ** 2, 0)
}
