import { z } from 'zod'
import { exactNorm, less } from '#aggregation/exact/rows.ts'
import { exactPipeline } from '#aggregation/exact-pipeline.ts'
import { configurePipeline } from '#aggregation/pipeline.ts'
import { preAggregators, rules } from '#aggregation/registry.ts'
import type { ConfiguredAttack, CraftContext, GraphKnown, Known } from '#attacks/attack.ts'
import { attacks } from '#attacks/registry.ts'
import { randomStream } from '#learning/random.ts'
import { isConnected, neighbourLists, simpleEdges } from '#topology/graph.ts'
import { mixingRows } from '#topology/mixing.ts'
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
  if (m >= n) throw new RangeError(`m: must be less than n=${n}, got ${m}`)
  const configured = configureAttack(attack)
  const vectors = vectorsOf('honest', honest)
  const start = previous && vectorOf('previous', previous, honest[0]?.length ?? 0)
  const made = parsed.trained && vectorOf('trained', parsed.trained, honest[0]?.length ?? 0)
  if (before.length > 0 && !aggregation)
    throw new RangeError('before: needs aggregation, the rule of the pre-aggregators')
  const pipeline = aggregation && ((size: number) => configurePipeline({ ...aggregation, before }, size))
  // Refuses an n that is too small for the rule.
  pipeline?.(n)
  const state = rules.find(({ name }) => name === aggregation?.name)?.stateIsOutput ? start : undefined
  const graph = graphOf(parsed)
  if (configured.knowledge === 'colluders') {
    if (vectors.length < configured.minColluders) {
      throw new RangeError(
        `honest: ${inWords(attack)} needs at least ${configured.minColluders} colluders' vectors, got ${vectors.length}`,
      )
    }
  } else if (victim === undefined ? configured.delivery === 'per-victim' : victim >= vectors.length) {
    const wrong = victim === undefined ? `is missing; ${configured.name} crafts for one victim, ` : `${victim} is not `
    throw new RangeError(`victim: ${wrong}a row of honest, 0 to ${vectors.length - 1}`)
  }
  const context: CraftContext = {
    round: 0,
    n,
    m,
    victims: victim === undefined ? [] : [victimIn(graph, victim, n, m)],
    random: randomStream(seed, 'attack', -1, 0),
    ...(start ? { previous: start } : {}),
    ...(made ? { trained: made } : {}),
    ...(pipeline && aggregation ? { pipeline, exact: exactPipeline({ ...aggregation, before }, state) } : {}),
    distance: (x, y) => exactNorm(less(x, y)),
    ...(state ? { ruleState: state } : {}),
    ...(graph ? { graph } : {}),
  }
  const { output, z: factor, trace } = configured.craft(knownAs(configured, vectors), context)
  return {
    output: output && encode(output),
    ...(factor === undefined ? {} : { z: encodeNumber(factor) }),
    ...(trace ? { trace: trace.map(({ z, gain }) => ({ z: encodeNumber(z), gain: encodeNumber(gain) })) } : {}),
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

function knownAs({ knowledge }: ConfiguredAttack, vectors: readonly Float32Array[]): Known {
  if (knowledge === 'colluders') return { colluders: vectors }
  const heard = vectors.map((row, peer) => ({ peer, vector: row }))
  return knowledge === 'neighbourhood' ? { colluders: [], heard } : { colluders: [], heard, honest: vectors }
}

/** The graph: honest peers first, Byzantine peers last. Undefined without edges if n is not rows of honest + m. */
function graphOf({ honest, n, m, edges }: z.output<typeof craftRequest>): GraphKnown | undefined {
  if (honest.length + m !== n) {
    if (edges) throw new RangeError(`edges: need n = rows of honest + m, got n=${n}, ${honest.length} rows, m=${m}`)
    return undefined
  }
  const peers = Array.from({ length: n }, (_, peer) => peer)
  const byzantine = peers.slice(honest.length)
  if (!edges) {
    const row = { members: peers, weights: peers.map(() => 1 / n) }
    return { rows: peers.map(() => row), byzantine }
  }
  const outside = edges.flat().find((peer) => peer >= n)
  if (outside !== undefined) throw new RangeError(`edges: need peers 0 to ${n - 1}, got ${outside}`)
  const neighbours = neighbourLists(n, simpleEdges(edges))
  if (!isConnected(neighbours)) throw new RangeError('edges: the graph is not connected')
  return { rows: mixingRows(neighbours), byzantine }
}

/** The victim with n and m of its neighbourhood if the graph is known, otherwise of the experiment. */
function victimIn(graph: GraphKnown | undefined, peer: number, n: number, m: number) {
  const members = graph?.rows[peer]?.members
  if (!graph || !members) return { peer, n, m }
  return { peer, n: members.length, m: members.filter((member) => member >= n - m).length }
}
