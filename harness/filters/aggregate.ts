import { z } from 'zod'
import { configurePipeline, configurePreAggregation, type MethodConfig } from '#aggregation/pipeline.ts'
import { preAggregators, rules } from '#aggregation/registry.ts'
import type { AggregationInput, ConfiguredRule } from '#aggregation/rule.ts'
import { randomStream } from '#learning/random.ts'
import { encode, matrix, method, oneOf, parseRequest, vector, vectorOf, vectorsOf } from './request.ts'

export const aggregateRequest = z.strictObject({
  rule: z
    .union([method, z.null()])
    .describe('The rule, { name, its parameters }, or null for the pre-aggregators alone'),
  before: z.array(method).default([]).describe('Pre-aggregators, left to right'),
  inputs: matrix.describe('The vectors, n rows of d numbers'),
  own: z.int().min(0).default(0).describe("Index of the peer's own vector"),
  weights: z
    .array(z.number().min(0))
    .optional()
    .describe(
      'Mixing weights with a sum of 1; without them all vectors have equal weights, also the buckets of bucketing',
    ),
  losses: z.array(z.number()).optional().describe("Loss of each vector's model, for rules that need losses"),
  state: z.union([vector, z.null()]).optional().describe('State from the previous answer, for rules with memory'),
  members: z.array(z.int().min(0)).optional().describe('Peer index of each input, for rules with memory; 0 to n - 1'),
  seed: z
    .int()
    .min(0)
    .default(0)
    .describe('Seed of random numbers, for methods that draw; the stream also depends on own and round'),
  round: z.int().min(0).default(0).describe('The round, from 0; some rules depend on it'),
  rounds: z.int().min(1).optional().describe('Rounds of the run; round + 1 if left out'),
})

/** The same schema with the parameters of every method. */
const strictRequest = aggregateRequest.extend({
  rule: z.union([oneOf(rules), z.null()]),
  before: z.array(oneOf(preAggregators)).default([]),
})

/**
 * Answers one line of `hearsay aggregate`: `{ rule, before, inputs, own, weights, losses, state, members, seed, round,
 * rounds }`. The answer is `{ output }`, with `state` if the rule has a memory besides its output. If rule is null, it
 * is `{ outputs }` of the pre-aggregators. Throws RangeError with one line if the request is refused.
 */
export function aggregateLine(request: unknown): unknown {
  const parsed = parseRequest(strictRequest, withoutBefore(request))
  const { rule, before, inputs, own, round, losses, state, members, seed } = parsed
  const n = inputs.length
  if (own >= n) throw new RangeError(`own: must be the index of an input, 0 to ${n - 1}, got ${own}`)
  const weights = parsed.weights ?? inputs.map(() => 1 / n)
  if (weights.length !== n)
    throw new RangeError(`weights: must be ${n} numbers, one for each input, got ${weights.length}`)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (Math.abs(total - 1) > 1e-6) throw new RangeError(`weights: must sum to 1, got a sum of ${total}`)
  if (parsed.rounds !== undefined && parsed.rounds <= round) {
    throw new RangeError(`rounds: must be more than round=${round}, which counts from 0, got ${parsed.rounds}`)
  }
  if (losses && losses.length !== n)
    throw new RangeError(`losses: must be ${n} numbers, one for each input, got ${losses.length}`)
  if (members && new Set(members).size !== n) {
    throw new RangeError(`members: must be ${n} different indices, one for each input, got ${new Set(members).size}`)
  }
  if (!rule && before.length === 0)
    throw new RangeError('before: is empty; without a rule it needs at least one pre-aggregator')

  const configure = parsed.weights ? weighing : weighingAlike
  const run = rule ? configure(rule, before, n) : configurePreAggregation(before, n)
  const input: AggregationInput = {
    vectors: vectorsOf('inputs', inputs),
    own,
    weights,
    round,
    rounds: parsed.rounds ?? round + 1,
    random: randomStream(seed, 'aggregation', members?.[own] ?? own, round),
    ...(members ? { members } : {}),
    ...(losses ? { losses } : {}),
    ...(state ? { state: vectorOf('state', state, state.length) } : {}),
  }
  if ('aggregate' in run) {
    if (run.needs.includes('loss') && !losses)
      throw new RangeError(`losses: are missing; ${run.name} needs one for each input`)
    const { output, state: memory } = run.aggregate(input)
    if (state && !memory) throw new RangeError(`state: must be left out; ${run.name} has no memory`)
    // The output of centered clipping is its memory.
    const more = memory && memory.length !== output.length ? { state: encode(memory) } : {}
    return { output: encode(output), ...more }
  }
  return { outputs: run.transform(input).vectors.map(encode) }
}

/** Refuses `rule.before`, the form of experiment files: a request has `before` beside `rule`. */
function withoutBefore(request: unknown): unknown {
  const rule = (request as { readonly rule?: unknown } | null)?.rule
  if (typeof rule !== 'object' || rule === null || !('before' in rule)) return request
  throw new RangeError('rule.before: must be left out; write pre-aggregators in before, beside rule')
}

function weighing(rule: MethodConfig, before: readonly MethodConfig[], n: number): ConfiguredRule {
  return configurePipeline({ ...rule, before }, n)
}

/** A pipeline without mixing weights: if the rule gets fewer vectors than n (buckets), they have equal weights. */
function weighingAlike(rule: MethodConfig, before: readonly MethodConfig[], n: number): ConfiguredRule {
  const whole = weighing(rule, before, n)
  const stages = configurePreAggregation(before, n)
  const count = stages.outputs(n)
  if (count === n) return whole
  const alone = configurePipeline(rule, count)
  return {
    ...whole,
    aggregate({ members: _, distances: __, ...input }) {
      const { mixing, ...mixed } = stages.transform(input)
      return alone.aggregate({ ...input, ...mixed, weights: mixing.map(() => 1 / count) })
    },
  }
}
