import * as z from 'zod'
import { exactPipeline } from '#aggregation/exact-pipeline.ts'
import { configurePipeline, type PipelineConfig } from '#aggregation/pipeline.ts'
import { preAggregators, rules } from '#aggregation/registry.ts'
import type { ConfiguredAttack } from '#attacks/attack.ts'
import { attacks } from '#attacks/registry.ts'
import { craftOnce, type VictimsRule } from '#library/craft.ts'
import { encode, encodeNumber, matrix, method, oneOf, parseRequest, vector, vectorOf, vectorsOf } from './request.ts'

/** Maximum of peers that fit into memory. */
const maxPeers = 100_000

export const craftRequest = z.strictObject({
  attack: method.describe('The attack and its options'),
  honest: matrix.describe(
    "With knowledge: colluders, the colluders' own honest vectors; otherwise those of the honest peers 0, 1, ..",
  ),
  n: z.int().min(1).max(maxPeers).describe('Peers'),
  m: z.int().min(0).max(maxPeers).describe('Byzantine peers among them'),
  aggregation: method.optional().describe("The victim's rule, for attacks that search against it"),
  before: z.array(method).default([]).describe('Pre-aggregators of that rule'),
  victim: z.int().min(0).optional().describe('Row of honest: the victim of the vector'),
  previous: vector
    .optional()
    .describe('The model of the previous round: the start of fang, and the memory of centered-clipping in searches'),
  trained: vector
    .optional()
    .describe(
      "Result of the Byzantine peers' training in this round, for attacks that train (backdoor): a model, or with gradients the gradient to it",
    ),
  edges: z
    .array(z.tuple([z.int().min(0), z.int().min(0)]))
    .optional()
    .describe('Edges of the graph, with the Byzantine peers as the last m; the complete graph if left out'),
  seed: z.int().min(0).default(1).describe('Seed of random numbers, for attacks that draw'),
})

/** The same schema with the parameters of every method. */
const strictRequest = craftRequest.extend({
  attack: oneOf(attacks),
  aggregation: oneOf(rules).optional(),
  before: z.array(oneOf(preAggregators)).default([]),
})

/**
 * Answers one line of `hearsay craft`: `{ attack, honest, n, m, aggregation, before, victim, previous, trained, edges,
 * seed }`. The answer is `{ output, z, trace }`: z only for attacks with a factor, trace ({ z, gain } in order) only
 * for searches, output null if the attack sends nothing. n and m are those of the experiment and, without edges, also
 * of the victim's neighbourhood. The round is 0, and the attack has no memory. Attacks that train craft from `trained`,
 * since there is no data here. Throws RangeError with one line if the request is refused.
 */
export function craftLine(request: unknown): unknown {
  const parsed = parseRequest(strictRequest, request)
  const { attack, honest, n, m, aggregation, before, victim, previous, seed } = parsed
  if (before.length > 0 && !aggregation)
    throw new RangeError('before: needs aggregation, the rule of the pre-aggregators')
  const {
    output,
    z: factor,
    trace,
  } = craftOnce({
    attack: configureAttack(attack),
    label: inWords(attack),
    vectors: vectorsOf('honest', honest),
    option: 'honest',
    n,
    m,
    victim,
    rule: aggregation && victimsRule({ ...aggregation, before }),
    previous: previous && vectorOf('previous', previous, honest[0]?.length ?? 0),
    trained: parsed.trained && vectorOf('trained', parsed.trained, honest[0]?.length ?? 0),
    edges: parsed.edges,
    seed,
    round: 0,
    state: undefined,
  })
  return {
    output: output && encode(output),
    ...(factor === undefined ? {} : { z: encodeNumber(factor) }),
    ...(trace ? { trace: trace.map(({ z, gain }) => ({ z: encodeNumber(z), gain: encodeNumber(gain) })) } : {}),
  }
}

function victimsRule(config: PipelineConfig): VictimsRule {
  return {
    pipeline: (n) => configurePipeline(config, n),
    exact: (state) => exactPipeline(config, state),
    stateIsOutput: rules.find(({ name }) => name === config.name)?.stateIsOutput === true,
  }
}

function configureAttack(values: { readonly name: string }): ConfiguredAttack {
  const found = attacks.find((candidate) => candidate.name === values.name)
  if (!found) throw new RangeError(`attack.name: there is no attack ${values.name}`)
  return found.configure(values)
}

/** The attack with the option that decides how many colluders it needs: `mimic with target 7`. */
function inWords(attack: { readonly name: string; readonly target?: unknown }): string {
  return attack.target === undefined ? attack.name : `${attack.name} with target ${attack.target}`
}
