import type { Experiment } from '#protocol/experiment/schema.ts'
import { type Plan, planOf } from '#protocol/plan/plan.ts'
import { diameter } from '#topology/graph.ts'
import { honestConnected } from '#topology/placement/placement.ts'
import {
  algebraicConnectivity,
  byzantineWeights,
  contraction,
  expectedContraction,
  honestRows,
  spectralGap,
  weightedConnectivity,
} from '#topology/spectrum/spectrum.ts'
import type { Edge } from '#topology/topology.ts'
import { marginsOf, type RuleMargin } from './topology-margins.ts'

/** One peer of a described topology. Weights and counts exclude the peer itself. */
export interface DescribedPeer {
  readonly peer: number
  readonly role: 'honest' | 'byzantine'
  readonly neighbours: readonly number[]
  /** b_i, the number of Byzantine neighbours. */
  readonly byzantine: number
  /** delta_i, the Byzantine neighbours' share of the peer's mixing weights. */
  readonly byzantineWeight: number
  /** f_i, which the configured rule tolerates here, and f_i - b_i; below 0 there are too many Byzantine neighbours. */
  readonly f: number
  readonly margin: number
}

/** A topology in figures. If the graph changes, the figures of a peer are those of its worst examined round. */
export interface DescribedTopology {
  readonly n: number
  /** The edges of all rounds. */
  readonly edges: readonly Edge[]
  readonly byzantine: readonly number[]
  /** Rounds after which the graph repeats: 1 if it does not change, null if every round draws a new graph. */
  readonly period: number | null
  /** The edges of each examined round; null if the graph does not change. */
  readonly rounds: readonly (readonly Edge[])[] | null
  readonly degree: { readonly min: number; readonly mean: number; readonly max: number }
  /** In hops, over the edges of all rounds. */
  readonly diameter: number
  /** Whether all rows and columns of the mixing matrix sum to 1. Peers then agree on the plain mean. */
  readonly doublyStochastic: boolean
  /**
   * 1 - |lambda_2| of the mixing matrix. `honest`: of the honest peers' rows, with Byzantine weight on the diagonal. If
   * the graph changes, the contraction per round: 1 - sigma_2^(1/R) of the product over a period of R rounds, or, if
   * every round draws a new graph, 1 - sqrt(lambda_2(mean of W'W)). Null if it takes too long.
   */
  readonly spectralGap: { readonly all: number | null; readonly honest: number | null }
  /** Second smallest eigenvalue of the Laplacian over the edges of all rounds: of all peers and of honest peers. */
  readonly algebraicConnectivity: { readonly all: number | null; readonly honest: number | null }
  readonly honestConnected: boolean
  /** The maximum Byzantine weight of an honest peer. */
  readonly deltaMax: number
  /** The configured rule with its pre-aggregators. */
  readonly rule: string
  /** Whether the rule or one of its pre-aggregators has an f. */
  readonly declaresF: boolean
  readonly peers: readonly DescribedPeer[]
  /** The tolerance of each rule of the registry here. */
  readonly rules: readonly RuleMargin[]
}

/** The number of rounds examined if the graph changes. */
const roundsLookedAt = 32
/** Maximum number of peers for products of mixing matrices, which take too long beyond. */
const maxForProducts = 300

/**
 * The figures of an experiment's graph and its Byzantine peers, with the tolerance of each rule there.
 * Throws PlanError if the parts of the experiment contradict each other.
 */
export function describeTopology(experiment: Experiment): DescribedTopology {
  const plan = planOf(experiment)
  const { n, byzantine, period } = plan
  const byzantinePeers = new Set(byzantine)
  const rounds = Array.from({ length: Math.min(period, experiment.rounds.count, roundsLookedAt) }, (_, round) => round)
  const graphs = rounds.map((round) => plan.at(round))
  const first = graphs[0]!
  const union = period === 1 ? first : plan
  const degrees = graphs.flatMap(({ neighbours }) => neighbours.map((list) => list.length))
  const doublyStochastic = graphs.every(({ rows }) => columnsSumToOne(rows))
  const alone = experiment.exchange === 'none'
  const peers = worstOfRounds(plan, rounds, alone)
  const honest = union.neighbours.flatMap((list, peer) =>
    byzantinePeers.has(peer) ? [] : [list.filter((other) => !byzantinePeers.has(other))],
  )
  const position = new Map(
    union.neighbours.flatMap((_, peer) => (byzantinePeers.has(peer) ? [] : [peer])).map((peer, i) => [peer, i]),
  )
  const folded = graphs.map(({ rows }) => honestRows(rows, byzantine))
  const gap = (all: typeof folded) => {
    if (all.length === 1) return spectralGap(all[0]!)
    if (n > maxForProducts || !doublyStochastic) return null
    return Number.isFinite(period) ? contraction(all) : expectedContraction(all)
  }
  const gaps = { all: gap(graphs.map(({ rows }) => rows as (typeof folded)[number])), honest: gap(folded) }
  const deltaMax = peers.reduce(
    (most, { role, byzantineWeight }) => (role === 'honest' ? Math.max(most, byzantineWeight) : most),
    0,
  )
  return {
    n,
    edges: union.edges,
    byzantine,
    period: Number.isFinite(period) ? period : null,
    rounds: period === 1 ? null : graphs.map(({ edges }) => edges),
    degree: {
      min: degrees.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
      mean: degrees.reduce((a, b) => a + b, 0) / degrees.length,
      max: degrees.reduce((a, b) => Math.max(a, b), 0),
    },
    diameter: diameter(union.neighbours),
    doublyStochastic,
    spectralGap: gaps,
    algebraicConnectivity: {
      all: algebraicConnectivity(union.neighbours),
      honest: algebraicConnectivity(honest.map((list) => list.map((other) => position.get(other)!))),
    },
    honestConnected: honestConnected(n, union.edges, byzantine),
    deltaMax,
    rule: plan.neighbourhoods[0]!.rule.name,
    declaresF: 'f' in experiment.aggregation || experiment.aggregation.before.some((before) => 'f' in before),
    peers,
    rules: marginsOf(
      rounds.flatMap((round) => besetAt(plan, round)),
      graphs.flatMap(({ neighbours }) => neighbours.map((list) => list.length + 1)),
      {
        deltaMax,
        gap: gaps.honest,
        // The conditions of the papers hold for graphs that do not change.
        connectivity: period === 1 ? weightedConnectivity(folded[0]!) : null,
      },
    ),
  }
}

function besetAt({ at, byzantine }: Plan, round: number) {
  const byzantinePeers = new Set(byzantine)
  return at(round).neighbours.flatMap((list, peer) =>
    byzantinePeers.has(peer)
      ? []
      : [{ peer, size: list.length + 1, byzantine: list.filter((other) => byzantinePeers.has(other)).length }],
  )
}

/** Each peer in its worst round: the one with the minimum f - b, then the maximum Byzantine weight. */
function worstOfRounds(plan: Plan, rounds: readonly number[], alone: boolean): DescribedPeer[] {
  const byzantinePeers = new Set(plan.byzantine)
  let worst: DescribedPeer[] = []
  for (const round of rounds) {
    const { rows } = plan.at(round)
    const weights = alone ? rows.map(() => 0) : byzantineWeights(rows, plan.byzantine)
    const here = plan.neighbourhoodsAt(round).map(({ members, rule }, peer): DescribedPeer => {
      const count = members.filter((member) => member !== peer && byzantinePeers.has(member)).length
      return {
        peer,
        role: byzantinePeers.has(peer) ? 'byzantine' : 'honest',
        neighbours: plan.period === 1 ? plan.neighbours[peer]! : members.filter((member) => member !== peer),
        byzantine: count,
        byzantineWeight: weights[peer]!,
        f: rule.f,
        margin: rule.f - count,
      }
    })
    worst = here.map((now, peer) => {
      const before = worst[peer]
      return before ? worse(before, now) : now
    })
  }
  return worst
}

function worse(a: DescribedPeer, b: DescribedPeer): DescribedPeer {
  if (a.margin !== b.margin) return a.margin < b.margin ? a : b
  return a.byzantineWeight >= b.byzantineWeight ? a : b
}

function columnsSumToOne(rows: readonly { members: readonly number[]; weights: readonly number[] }[]): boolean {
  const sums = new Float64Array(rows.length)
  for (const { members, weights } of rows) {
    members.forEach((member, k) => {
      sums[member] = sums[member]! + weights[k]!
    })
  }
  return sums.every((sum) => Math.abs(sum - 1) < 1e-9)
}
