import { rules } from '#aggregation/registry.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { type Plan, planOf } from '#protocol/plan/plan.ts'
import { PlanError } from '#protocol/plan/plan-error.ts'
import { byzantineWeights, honestRows, weightedConnectivity } from '#topology/spectrum/spectrum.ts'

/** How far along an axis the condition of a rule's paper holds at every honest peer. */
export interface Breakdown {
  /** The condition in symbols, b Byzantine peers beside a peer: `b <= f`. */
  readonly condition: string
  /** The last value at which it holds, from the least one on; null where it holds at none. */
  readonly holdsTo: number | null
  /** The first value at which it does not; null where it holds at all. */
  readonly endsBefore: number | null
}

/** Eigenvalues are right to about this. */
const rounding = 1e-9
/** Of a graph that changes this many rounds are looked at. */
const roundsLookedAt = 32

/**
 * The breakdown of the rule of these experiments, those of one line by their value on the axis. Null where no condition
 * is known: the rule has neither an f nor a breakdown point, or the rules of the line differ in their conditions.
 */
export function breakdownOf(
  points: readonly { readonly x: number; readonly experiments: readonly Experiment[] }[],
): Breakdown | null {
  const found = points
    .toSorted((a, b) => a.x - b.x)
    .map(({ x, experiments }) => ({ x, covers: oneOfEach(experiments).map(coverage) }))
  const conditions = new Set(found.flatMap(({ covers }) => covers.map((cover) => cover?.condition)))
  const [condition, ...others] = conditions
  if (condition === undefined || others.length > 0) return null
  const end = found.findIndex(({ covers }) => covers.some((cover) => !cover?.holds))
  if (end < 0) return { condition, holdsTo: found.at(-1)?.x ?? null, endsBefore: null }
  return { condition, holdsTo: found[end - 1]?.x ?? null, endsBefore: found[end]?.x ?? null }
}

/** Whether a rule's condition holds at every honest peer of an experiment; undefined where it has none. */
function coverage(experiment: Experiment): { readonly condition: string; readonly holds: boolean } | undefined {
  const { aggregation, exchange } = experiment
  const plan = plannedOrNot(experiment)
  if (!plan || exchange === 'none') return undefined
  const graph = graphCondition(aggregation.name, plan)
  if (graph) return graph
  const declaresF = 'f' in aggregation || aggregation.before.some((before) => 'f' in before)
  const breakdown = rules.find(({ name }) => name === aggregation.name)?.breakdown
  if (!declaresF && (!breakdown || aggregation.before.length > 0)) return undefined
  const byzantinePeers = new Set(plan.byzantine)
  const rounds = Array.from({ length: Math.min(plan.period, experiment.rounds.count, roundsLookedAt) }, (_, i) => i)
  const holds = rounds.every((round) =>
    plan.neighbourhoodsAt(round).every(({ members, rule: { f } }, peer) => {
      const beside = members.filter((member) => member !== peer && byzantinePeers.has(member)).length
      return byzantinePeers.has(peer) || beside <= (declaresF ? f : (breakdown?.maxByzantine(members.length) ?? 0))
    }),
  )
  return { condition: declaresF ? 'b ≤ f' : (breakdown?.condition ?? ''), holds }
}

/** What the paper of a gossip rule asks of a graph that does not change. */
function graphCondition(rule: string, plan: Plan) {
  const asked = rules.find(({ name }) => name === rule)?.graphCondition
  if (asked?.condition === undefined || plan.period !== 1) return undefined
  const { rows } = plan.at(0)
  const byzantinePeers = new Set(plan.byzantine)
  const weights = byzantineWeights(rows, plan.byzantine).filter((_, peer) => !byzantinePeers.has(peer))
  const connectivity = weightedConnectivity(honestRows(rows, plan.byzantine))
  const sides = asked.measure({ deltaMax: Math.max(...weights), gap: null, connectivity })
  return sides?.bound == null ? undefined : { condition: asked.condition, holds: sides.value <= sides.bound + rounding }
}

/** Undefined where this version no longer runs the experiment of an old folder. */
function plannedOrNot(experiment: Experiment): Plan | undefined {
  try {
    return planOf(experiment)
  } catch (error) {
    if (error instanceof PlanError) return undefined
    throw error
  }
}

/** Runs that differ in what the graph and the rule do not depend on are looked at once. */
function oneOfEach(experiments: readonly Experiment[]): Experiment[] {
  const key = ({ seed, peers, topology, aggregation, exchange, rounds }: Experiment): string =>
    JSON.stringify([seed, peers, topology, aggregation, exchange, rounds.count])
  return [...new Map(experiments.map((experiment) => [key(experiment), experiment])).values()]
}
