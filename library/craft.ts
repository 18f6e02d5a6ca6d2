import type { Configure } from '#aggregation/compose.ts'
import { exactNorm, less } from '#aggregation/exact/rows.ts'
import type { ConfiguredRule, ExactRule } from '#aggregation/rule.ts'
import type { AttackState, ConfiguredAttack, CraftContext, Crafted, GraphKnown, Known } from '#attacks/attack.ts'
import { randomStream } from '#learning/random.ts'
import { isConnected, neighbourLists, simpleEdges } from '#topology/graph.ts'
import { mixingRows } from '#topology/mixing.ts'

/** The rule of the victims, for attacks that search against it. */
export interface VictimsRule {
  /** The rule and its pre-aggregators, for n vectors. */
  readonly pipeline: Configure<ConfiguredRule>
  /** The 64-bit twin; undefined if there is none. */
  exact(state?: Float32Array): ExactRule | undefined
  /** Whether the state is the last output (d), which attacks know if models are public. */
  readonly stateIsOutput: boolean
}

/** What a coalition crafts one vector from. */
export interface CraftRequest {
  readonly attack: ConfiguredAttack
  /** Name of the attack in messages, such as `mimic with target 7`. */
  readonly label: string
  /**
   * With knowledge `colluders` the honest vectors of the colluders (m x d); otherwise those of the honest peers 0, 1, ..
   */
  readonly vectors: readonly Float32Array[]
  /** Name of `vectors` in messages. */
  readonly option: string
  /** Peers, and Byzantine peers among them; undefined if the caller gave none. */
  readonly n: number | undefined
  readonly m: number | undefined
  /** Index in `vectors` of the victim. */
  readonly victim: number | undefined
  readonly rule: VictimsRule | undefined
  /** The model of the round before (d). */
  readonly previous: Float32Array | undefined
  /** Result of the attack's training in this round (d). */
  readonly trained: Float32Array | undefined
  /** Edges of the graph, the Byzantine peers last; the complete graph if undefined. */
  readonly edges: readonly (readonly [number, number])[] | undefined
  readonly seed: number
  readonly round: number
  readonly state: AttackState | undefined
}

/**
 * Crafts one vector as a coalition does in one round. n and m are those of the experiment and, without edges, also of
 * the victim's neighbourhood. Throws RangeError with one line if the request does not fit the attack.
 */
export function craftOnce(request: CraftRequest): Crafted {
  const { attack, vectors, option, n, m, victim, rule, previous, trained, seed, round } = request
  if (n !== undefined && m !== undefined && m >= n) throw new RangeError(`m: must be less than n=${n}, got ${m}`)
  // Refuses an n that is too small for the rule.
  if (n !== undefined) rule?.pipeline(n)
  const state = rule?.stateIsOutput ? previous : undefined
  const graph = graphOf(request)
  if (attack.knowledge === 'colluders') {
    if (vectors.length < attack.minColluders) {
      throw new RangeError(
        `${option}: ${request.label} needs at least ${attack.minColluders} colluders' vectors, got ${vectors.length}`,
      )
    }
  } else if (victim === undefined ? attack.delivery === 'per-victim' : victim >= vectors.length) {
    const wrong = victim === undefined ? `is missing; ${attack.name} crafts for one victim, ` : `${victim} is not `
    throw new RangeError(`victim: ${wrong}a row of ${option}, 0 to ${vectors.length - 1}`)
  }
  const context: CraftContext = {
    round,
    get n() {
      return given('n', n, attack.name)
    },
    get m() {
      return given('m', m, attack.name)
    },
    victims: victim === undefined ? [] : [victimIn(graph, victim, n, m, attack.name)],
    random: randomStream(seed, 'attack', -1, round),
    ...(previous ? { previous } : {}),
    ...(trained ? { trained } : {}),
    ...(rule ? { pipeline: rule.pipeline, exact: rule.exact(state) } : {}),
    distance: (x, y) => exactNorm(less(x, y)),
    ...(state ? { ruleState: state } : {}),
    ...(graph ? { graph } : {}),
    ...(request.state ? { state: request.state } : {}),
  }
  return attack.craft(knownAs(attack, vectors), context)
}

function given(option: 'n' | 'm', value: number | undefined, attack: string): number {
  if (value !== undefined) return value
  const what = option === 'n' ? 'the number of peers' : 'the number of Byzantine peers'
  throw new RangeError(`${option}: is missing; ${attack} depends on ${what} at these parameters`)
}

function knownAs({ knowledge }: ConfiguredAttack, vectors: readonly Float32Array[]): Known {
  if (knowledge === 'colluders') return { colluders: vectors }
  const heard = vectors.map((row, peer) => ({ peer, vector: row }))
  return knowledge === 'neighbourhood' ? { colluders: [], heard } : { colluders: [], heard, honest: vectors }
}

/** The graph: honest peers first, Byzantine peers last. Undefined without edges if n is not the vectors + m. */
function graphOf({ vectors, option, n, m, edges }: CraftRequest): GraphKnown | undefined {
  if (n === undefined || m === undefined || vectors.length + m !== n) {
    if (edges) {
      throw new RangeError(`edges: need n = rows of ${option} + m, got n=${n}, ${vectors.length} rows, m=${m}`)
    }
    return undefined
  }
  const peers = Array.from({ length: n }, (_, peer) => peer)
  const byzantine = peers.slice(vectors.length)
  if (!edges) {
    const row = { members: peers, weights: peers.map(() => 1 / n) }
    return { rows: peers.map(() => row), byzantine }
  }
  const outside = edges.flat().find((peer) => !(peer >= 0 && peer < n))
  if (outside !== undefined) throw new RangeError(`edges: need peers 0 to ${n - 1}, got ${outside}`)
  const neighbours = neighbourLists(n, simpleEdges(edges))
  if (!isConnected(neighbours)) throw new RangeError('edges: the graph is not connected')
  return { rows: mixingRows(neighbours), byzantine }
}

/** The victim with n and m of its neighbourhood if the graph is known, otherwise of the experiment. */
function victimIn(
  graph: GraphKnown | undefined,
  peer: number,
  n: number | undefined,
  m: number | undefined,
  attack: string,
) {
  const members = graph?.rows[peer]?.members
  // Honest peers come first.
  const honest = (n ?? 0) - (m ?? 0)
  if (members) {
    return { peer, n: members.length, m: members.filter((member) => member >= honest).length }
  }
  return {
    peer,
    get n() {
      return given('n', n, attack)
    },
    get m() {
      return given('m', m, attack)
    },
  }
}
