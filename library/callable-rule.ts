import type * as z from 'zod'
import type { Configure } from '#aggregation/compose.ts'
import { compose, composeExact, composeStages } from '#aggregation/compose.ts'
import type { ExactInput, Row } from '#aggregation/facts.ts'
import type { ConfiguredPreAggregator, ConfiguredRule, ExactRule, RuleState } from '#aggregation/rule.ts'
import { type AggregationContext, aggregateOnce, transformOnce } from './aggregate.ts'
import { named, naming, parametersOf } from './parameters.ts'
import { type Vector, vectorsOf } from './vectors.ts'

/** What a rule gets beside the vectors; each has a default. */
export interface AggregationOptions extends AggregationContext {
  /** True adds the influence of each vector to the result. Default: true. */
  readonly influence?: boolean
}

export interface Aggregation {
  /** The aggregate (d), a new array. */
  readonly output: Float32Array
  /**
   * Share of each vector in the output (n); 0 means trimmed away. Coordinate-wise rules count it on at most 256
   * coordinates. Left out with `influence: false`.
   */
  readonly influence?: readonly number[]
  /** Memory of the rule, for the `state` of the next round; left out if the rule has none. */
  readonly state?: RuleState
}

/**
 * A rule with its parameters: called with n vectors (n x d), it returns the aggregate (d). Called with options too, it
 * returns output, influence and state. Inputs are never changed. Throws RangeError with one line if n is too small for
 * the parameters, or if vectors or options are invalid.
 */
export interface Rule<Config extends MethodConfig = MethodConfig> {
  (vectors: readonly Vector[]): Float32Array
  (vectors: readonly Vector[], options: AggregationOptions): Aggregation
  /** Name and parameters, as an experiment has them in `aggregation`. */
  readonly config: Config
}

/** A pre-aggregator with its parameters: from n vectors (n x d) to n' vectors (n' x d), which a rule then aggregates. */
export interface PreAggregator<Config extends MethodConfig = MethodConfig> {
  (vectors: readonly Vector[], options?: AggregationContext): readonly Float32Array[]
  /** Name and parameters, as an experiment has them in `aggregation.before`. */
  readonly config: Config
}

/** Name and parameters of a method. */
export interface MethodConfig {
  readonly name: string
  readonly [parameter: string]: unknown
}

/** What attacks read of a rule that they search against. */
export interface RuleParts {
  /** The rule and its pre-aggregators, for n vectors. */
  readonly pipeline: Configure<ConfiguredRule>
  /** The 64-bit twin; undefined if there is none. */
  exact(state?: Row): ExactRule | undefined
  /** Whether the state is the last output (d). */
  readonly stateIsOutput: boolean
}

interface StageParts {
  readonly configure: Configure<ConfiguredPreAggregator>
  readonly exact: ((input: ExactInput) => ExactInput) | undefined
}

const rules = new WeakMap<object, RuleParts>()
const stages = new WeakMap<object, StageParts>()

/** The parts of a callable rule. Throws RangeError if it is none. */
export function partsOf(rule: Rule, option: string): RuleParts {
  const parts = typeof rule === 'function' ? rules.get(rule) : undefined
  if (!parts) throw new RangeError(`${option}: must be a rule, such as krum({ f: 1 })`)
  return parts
}

interface RuleDeclaration<Schema extends z.ZodObject> {
  readonly name: string
  readonly config: Schema
  readonly stateIsOutput?: true
  configure(values: unknown, n: number): ConfiguredRule
  configureExact(values: unknown): ((input: ExactInput) => Float64Array) | undefined
}

interface PreAggregatorDeclaration<Schema extends z.ZodObject> {
  readonly name: string
  readonly config: Schema
  configure(values: unknown, n: number): ConfiguredPreAggregator
  configureExact(values: unknown): ((input: ExactInput) => ExactInput) | undefined
}

/** The parameters of a method: optional as a whole if each has a default. */
export type Arguments<Schema extends z.ZodObject, More = unknown> =
  Record<never, never> extends Omit<z.input<Schema>, 'name'>
    ? [parameters?: Omit<z.input<Schema>, 'name'> & More]
    : [parameters: Omit<z.input<Schema>, 'name'> & More]

/** Makes a rule from its parameters and from the pre-aggregators before it, which run left to right. */
export type RuleFactory<Schema extends z.ZodObject> = (
  ...given: Arguments<Schema, { readonly before?: readonly PreAggregator[] }>
) => Rule<z.output<Schema> & MethodConfig>

export type PreAggregatorFactory<Schema extends z.ZodObject> = (
  ...given: Arguments<Schema>
) => PreAggregator<z.output<Schema> & MethodConfig>

/** A factory of callable rules from a declaration of `defineRule`. */
export function callableRule<Schema extends z.ZodObject>(declaration: RuleDeclaration<Schema>): RuleFactory<Schema> {
  return (...given) => {
    const { before = [], ...parameters } = (given[0] ?? {}) as { readonly before?: readonly PreAggregator[] }
    const values = parametersOf(declaration.name, declaration.config, parameters) as z.output<Schema> & MethodConfig
    const parts = before.map((stage, i) => stagePartsOf(declaration.name, stage, i))
    const stages = parts.map((part) => part.configure)
    const name = [...before.map((stage) => stage.config.name), declaration.name].join(' + ')
    const configureRule = remembering((n) => declaration.configure(values, n))
    const aggregate = (rows: readonly Vector[], options: AggregationOptions) =>
      naming(name, () => {
        const vectors = vectorsOf(rows)
        requireEnough(vectors.length, stages, configureRule)
        return aggregateOnce(configureRule, stages, vectors, options)
      })
    function rule(rows: readonly Vector[]): Float32Array
    function rule(rows: readonly Vector[], options: AggregationOptions): Aggregation
    function rule(rows: readonly Vector[], options?: AggregationOptions): Float32Array | Aggregation {
      const { output, influence, state } = aggregate(rows, options ?? {})
      if (!options) return output
      return { output, ...(options.influence === false ? {} : { influence }), ...(state ? { state } : {}) }
    }
    const config = before.length === 0 ? values : { ...values, before: before.map((stage) => stage.config) }
    rules.set(rule, {
      pipeline: (n) => compose(stages, configureRule, n),
      exact: (state) =>
        composeExact(
          parts.map((part) => part.exact),
          declaration.configureExact(values),
          state,
        ),
      stateIsOutput: declaration.stateIsOutput === true,
    })
    return Object.assign(named(rule, name), { config })
  }
}

/** A factory of callable pre-aggregators from a declaration of `definePreAggregator`. */
export function callablePreAggregator<Schema extends z.ZodObject>(
  declaration: PreAggregatorDeclaration<Schema>,
): PreAggregatorFactory<Schema> {
  return (...given) => {
    const { name } = declaration
    const config = parametersOf(name, declaration.config, given[0] ?? {}) as z.output<Schema> & MethodConfig
    const configure = remembering((n) => declaration.configure(config, n))
    const run = (rows: readonly Vector[], options: AggregationContext = {}) =>
      naming(name, () => {
        const vectors = vectorsOf(rows)
        requireEnough(vectors.length, [configure])
        return transformOnce([configure], vectors, options)
      })
    stages.set(run, { configure, exact: declaration.configureExact(config) })
    return Object.assign(named(run, name), { config })
  }
}

function stagePartsOf(rule: string, stage: PreAggregator, i: number): StageParts {
  const parts = typeof stage === 'function' ? stages.get(stage) : undefined
  if (!parts) throw new RangeError(`${rule}: before[${i}]: must be a pre-aggregator, such as nnm({ f: 1 })`)
  return parts
}

/** Keeps the method of the last n: callers rarely change n. */
function remembering<T>(configure: Configure<T>): Configure<T> {
  let last: { readonly n: number; readonly configured: T } | undefined
  return (n) => {
    if (last?.n !== n) last = { n, configured: configure(n) }
    return last.configured
  }
}

/** The largest n that `requireEnough` tries. */
const maxTried = 4096

/** Throws RangeError if n vectors are too few, with f and the minimum: `f = 3 needs at least 9 vectors, got 5`. */
function requireEnough(
  n: number,
  stages: readonly Configure<ConfiguredPreAggregator>[],
  rule?: Configure<ConfiguredRule>,
): void {
  const toleranceAt = (count: number): number | undefined => {
    try {
      const configured = composeStages(stages, count)
      if (!rule) return configured.minimum <= count ? configured.f : undefined
      const { f, minimum } = rule(configured.outputs(count))
      return minimum <= configured.outputs(count) ? Math.max(f, configured.f) : undefined
    } catch (error) {
      if (error instanceof RangeError) return undefined
      throw error
    }
  }
  if (n > 0 && toleranceAt(n) !== undefined) return
  for (let enough = n + 1; enough <= n + maxTried; enough++) {
    const f = toleranceAt(enough)
    if (f === undefined) continue
    const why = f === 0 ? '' : `f = ${f} `
    throw new RangeError(`${why}needs at least ${enough} ${enough === 1 ? 'vector' : 'vectors'}, got ${n}`)
  }
}
