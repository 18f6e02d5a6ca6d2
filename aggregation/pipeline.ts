import { type Configure, type ConfiguredPreAggregation, compose, composeStages, traceBack } from './compose.ts'
import { preAggregators, rules } from './registry.ts'
import type { AggregationInput, AggregationOutput, ConfiguredPreAggregator, ConfiguredRule } from './rule.ts'
import { externalRules } from './rules/external.ts'

/** A rule's values in an experiment file, with its pre-aggregators. */
export interface PipelineConfig {
  readonly name: string
  readonly before?: readonly MethodConfig[]
  readonly [parameter: string]: unknown
}
export interface MethodConfig {
  readonly name: string
  readonly [parameter: string]: unknown
}

/**
 * Configures a rule with its pre-aggregators for a neighbourhood of n vectors, as `compose` does. Throws RangeError for
 * an unknown name too.
 */
export function configurePipeline(config: PipelineConfig, n: number): ConfiguredRule {
  const { before = [], ...values } = config
  return compose(before.map(stageOf), ruleOf(values), n)
}

/** Pre-aggregators before an asynchronous rule: a user's own rule, which another process runs. */
export function configureAround(
  before: readonly MethodConfig[],
  n: number,
  aggregate: (input: AggregationInput) => Promise<AggregationOutput>,
): (input: AggregationInput) => Promise<AggregationOutput> {
  if (before.length === 0) return aggregate
  const stages = configurePreAggregation(before, n)
  return async (input) => {
    const { vectors, mixing, own, weights } = stages.transform(input)
    const result = await aggregate({ ...input, vectors, own, weights })
    return { ...result, influence: traceBack(result.influence, mixing, input.vectors.length) }
  }
}

/** Whether a rule and all its pre-aggregators declare that they depend on vectors and weights only. */
export function isAnonymous({ name, before = [] }: PipelineConfig): boolean {
  const declared = (list: readonly { readonly name: string; readonly anonymous?: true }[], wanted: string) =>
    list.find((method) => method.name === wanted)?.anonymous === true
  return declared(rules, name) && before.every((stage) => declared(preAggregators, stage.name))
}

/** Configures pre-aggregators for n vectors. Without any, the vectors pass unchanged. */
export function configurePreAggregation(before: readonly MethodConfig[], n: number): ConfiguredPreAggregation {
  return composeStages(before.map(stageOf), n)
}

/** The rule of this name. Throws RangeError if the name is unknown. */
export function ruleOf(values: MethodConfig): Configure<ConfiguredRule> {
  const rule = entry('rule', [...rules, ...externalRules], values.name)
  return (n) => rule.configure(values, n)
}

/** The pre-aggregator of this name. Throws RangeError if the name is unknown. */
export function stageOf(values: MethodConfig): Configure<ConfiguredPreAggregator> {
  const stage = entry('pre-aggregator', preAggregators, values.name)
  return (n) => stage.configure(values, n)
}

function entry<const T extends readonly { readonly name: string }[]>(kind: string, list: T, name: string): T[number] {
  const found = list.find((candidate) => candidate.name === name)
  if (found) return found
  throw new RangeError(`unknown ${kind} ${name}; known: ${list.map((candidate) => candidate.name).join(', ')}`)
}
