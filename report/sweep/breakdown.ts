import { rules } from '#aggregation/registry.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { type Plan, planOf } from '#protocol/plan/plan.ts'
import { PlanError } from '#protocol/plan/plan-error.ts'
import { byzantineWeights, honestRows, weightedConnectivity } from '#topology/spectrum/spectrum.ts'

/** The range of an axis in which the condition of a rule's paper holds at every honest peer. */
export interface Breakdown {
  /** The condition in symbols, such as `b ≤ f` with b the Byzantine neighbours of a peer. */
  readonly condition: string
  /** The last value up to which it holds; null if it does not hold at the first. */
  readonly holdsTo: number | null
  /** The first value at which it fails; null if it holds everywhere. */
  readonly endsBefore: number | null
}

/** The accuracy of eigenvalues. */
const rounding = 1e-9
/** The number of rounds examined if the graph changes. */
const roundsLookedAt = 32

/**
 * The theoretical breakdown along one line of a figure; `points` holds the experiments by their value on the axis. Null
 * if no condition is known: the rule has neither an f nor a breakdown point, or the conditions along the line differ.
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

/** Whether a rule's condition holds at every honest peer of an experiment; undefined without a condition. */
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

/** The condition of a gossip rule on a graph that does not change. */
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

/** The plan of an experiment; undefined if this version cannot run the experiment of an old folder. */
function plannedOrNot(experiment: Experiment): Plan | undefined {
  try {
    return planOf(experiment)
  } catch (error) {
    if (error instanceof PlanError) return undefined
    throw error
  }
}

/** One experiment of those with the same graph and rule. */
function oneOfEach(experiments: readonly Experiment[]): Experiment[] {
  const key = ({ seed, peers, topology, aggregation, exchange, rounds }: Experiment): string =>
    JSON.stringify([seed, peers, topology, aggregation, exchange, rounds.count])
  return [...new Map(experiments.map((experiment) => [key(experiment), experiment])).values()]
}
