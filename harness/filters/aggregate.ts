import * as z from 'zod'
import { ruleOf, stageOf } from '#aggregation/pipeline.ts'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { type AggregationContext, aggregateOnce, transformOnce } from '#library/aggregate.ts'
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
  if (!rule && before.length === 0)
    throw new RangeError('before: is empty; without a rule it needs at least one pre-aggregator')
  const vectors = vectorsOf('inputs', inputs)
  const context: AggregationContext = {
    own,
    weights: parsed.weights,
    losses,
    members,
    round,
    rounds: parsed.rounds,
    seed,
    state: state && vectorOf('state', state, state.length),
  }
  const stages = before.map(stageOf)
  if (!rule) return { outputs: transformOnce(stages, vectors, context).map(encode) }
  const { output, state: memory } = aggregateOnce(ruleOf(rule), stages, vectors, context)
  // The output of centered clipping is its memory.
  const more = memory && memory.length !== output.length ? { state: encode(memory) } : {}
  return { output: encode(output), ...more }
}

/** Refuses `rule.before`, the form of experiment files: a request has `before` beside `rule`. */
function withoutBefore(request: unknown): unknown {
  const rule = (request as { readonly rule?: unknown } | null)?.rule
  if (typeof rule !== 'object' || rule === null || !('before' in rule)) return request
  throw new RangeError('rule.before: must be left out; write pre-aggregators in before, beside rule')
}
