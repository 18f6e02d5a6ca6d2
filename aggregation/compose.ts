import type { ExactInput, Row } from './facts.ts'
import { kernels } from './kernels/kernels.ts'
import type { AggregationInput, ConfiguredPreAggregator, ConfiguredRule, ExactRule, PreAggregated } from './rule.ts'

/** Configures a rule or pre-aggregator, whose values are fixed, for n vectors. */
export type Configure<T> = (n: number) => T

/** Several pre-aggregators as one; they run from left to right. */
export interface ConfiguredPreAggregation {
  readonly names: readonly string[]
  readonly f: number
  /** Minimum number of vectors for which every pre-aggregator is defined. */
  readonly minimum: number
  readonly outputs: (n: number) => number
  readonly transform: (input: AggregationInput) => PreAggregated & { readonly weights: readonly number[] }
}

/**
 * A rule behind pre-aggregators, for n vectors. The pre-aggregators run left to right, then the rule. Influence is
 * traced back to the input vectors; state belongs to the rule. Throws RangeError if n is too small for any of them.
 */
export function compose(
  before: readonly Configure<ConfiguredPreAggregator>[],
  configureRule: Configure<ConfiguredRule>,
  n: number,
): ConfiguredRule {
  const stages = composeStages(before, n)
  const rule = configureRule(stages.outputs(n))
  if (before.length === 0) return { ...rule, aggregate: atLeast(rule.minimum, rule.name, rule.aggregate) }
  if (rule.needs.includes('loss')) {
    throw new RangeError(`${rule.name} needs the loss of each received model: remove the pre-aggregators in before`)
  }
  let minimum = stages.minimum
  while (stages.outputs(minimum) < rule.minimum) minimum++
  const name = [...stages.names, rule.name].join(' + ')
  return {
    name,
    f: Math.max(stages.f, rule.f),
    minimum,
    needs: rule.needs,
    selfCentred: rule.selfCentred ?? false,
    aggregate: atLeast(minimum, name, (input) =>
      kernels().passing(() => {
        const { mixing, ...mixed } = stages.transform(input)
        const { members, distances: _, ...rest } = input
        const known = members && keepsPlaces(mixing, input.vectors.length) ? { members } : {}
        const result = rule.aggregate({ ...rest, ...known, ...mixed })
        return { ...result, influence: traceBack(result.influence, mixing, input.vectors.length) }
      }),
    ),
  }
}

/** The 64-bit twins of pre-aggregators and of the rule behind them; undefined if a method has none. */
export function composeExact(
  stages: readonly (((input: ExactInput) => ExactInput) | undefined)[],
  rule: ((input: ExactInput) => Float64Array) | undefined,
  state?: Row,
): ExactRule | undefined {
  if (!rule || stages.some((stage) => !stage)) return undefined
  return (vectors, own = 0) => {
    const mixed = stages.reduce((last, stage) => stage?.(last) ?? last, { rows: vectors, own })
    return rule({ ...mixed, ...(state && { state }) })
  }
}

/**
 * Like `compose`, for input without mixing weights: if the rule gets fewer vectors than n (buckets), it weighs them
 * equally.
 */
export function composeUnweighted(
  before: readonly Configure<ConfiguredPreAggregator>[],
  configureRule: Configure<ConfiguredRule>,
  n: number,
): ConfiguredRule {
  const whole = compose(before, configureRule, n)
  const stages = composeStages(before, n)
  const count = stages.outputs(n)
  if (count === n) return whole
  const alone = compose([], configureRule, count)
  return {
    ...whole,
    aggregate({ members: _, distances: __, ...input }) {
      const { mixing, ...mixed } = stages.transform(input)
      const result = alone.aggregate({ ...input, ...mixed, weights: mixing.map(() => 1 / count) })
      return { ...result, influence: traceBack(result.influence, mixing, n) }
    },
  }
}

/** Pre-aggregators for n vectors. Without any, the vectors pass unchanged. */
export function composeStages(
  before: readonly Configure<ConfiguredPreAggregator>[],
  n: number,
): ConfiguredPreAggregation {
  let count = n
  const stages = before.map((configure) => {
    const stage = configure(count)
    count = stage.outputs(count)
    return stage
  })
  const outputs = (from: number) => stages.reduce((left, stage) => stage.outputs(left), from)
  const enough = (from: number) => {
    let left = from
    return stages.every((stage) => {
      const fits = left >= stage.minimum
      left = stage.outputs(left)
      return fits
    })
  }
  let minimum = 1
  while (!enough(minimum)) minimum++
  return {
    names: stages.map((stage) => stage.name),
    f: Math.max(0, ...stages.map((stage) => stage.f)),
    minimum,
    outputs,
    transform(input) {
      const { distances: given, ...rest } = input
      let { vectors, own, weights } = input
      let distances = given
      let mixing: readonly (readonly number[])[] = vectors.map((_, i) => vectors.map((_, j) => (i === j ? 1 : 0)))
      for (const stage of stages) {
        const next = stage.transform({ ...rest, vectors, own, weights, ...(distances && { distances }) })
        weights = pooledWeights(weights, next.mixing)
        mixing = next.mixing.map((row) => traceBack(row, mixing, input.vectors.length))
        vectors = next.vectors
        own = next.own
        distances = next.distances
      }
      return { vectors, mixing, own, weights, ...(distances && { distances }) }
    },
  }
}

function atLeast(minimum: number, name: string, aggregate: ConfiguredRule['aggregate']): ConfiguredRule['aggregate'] {
  return (input) => {
    if (input.vectors.length < minimum) {
      throw new RangeError(`${name} needs at least ${minimum} vectors, got ${input.vectors.length}`)
    }
    return aggregate(input)
  }
}

/** Turns shares of outputs (n') into shares of the n inputs that were mixed into them. */
export function traceBack(shares: readonly number[], mixing: readonly (readonly number[])[], n: number): number[] {
  const traced = new Array<number>(n).fill(0)
  shares.forEach((share, i) => {
    const row = mixing[i] as readonly number[]
    if (share !== 0) for (let j = 0; j < n; j++) traced[j] = (traced[j] as number) + share * (row[j] as number)
  })
  return traced
}

/** Whether output i corresponds to input i of n: there are n outputs, and each input counts in its own output. */
function keepsPlaces(mixing: readonly (readonly number[])[], n: number): boolean {
  return mixing.length === n && mixing.every((row, i) => (row[i] as number) > 0)
}

/**
 * Mixing weights of the new vectors. If output i corresponds to input i (each counts in its own output), weights stay.
 * Otherwise each input's weight goes to the outputs that it was mixed into, in proportion.
 */
function pooledWeights(weights: readonly number[], mixing: readonly (readonly number[])[]): readonly number[] {
  if (keepsPlaces(mixing, weights.length)) return weights
  const used = weights.map((_, j) => mixing.reduce((sum, row) => sum + (row[j] as number), 0))
  return mixing.map((row) =>
    row.reduce(
      (sum, share, j) => (share === 0 ? sum : sum + ((weights[j] as number) * share) / (used[j] as number)),
      0,
    ),
  )
}
