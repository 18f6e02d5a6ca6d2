import { configurePipeline } from '#aggregation/pipeline.ts'
import { rules as declaredRules } from '#aggregation/registry.ts'
import type { ConfiguredRule } from '#aggregation/rule.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Experiment } from '../experiment/schema.ts'
import { dryRunAttack } from './attack-dry-run.ts'
import { attackOf } from './byzantine.ts'
import { type Overlay, overlayOf, type RoundGraph } from './overlay.ts'
import { PlanError, refusalsOf, withPath } from './plan-error.ts'
import { misfitsOf, refuseMisfits, refuseQuorum } from './plan-refusals.ts'

/** A closed neighbourhood, with the mixing weights and the rule configured for its size. */
export interface Neighbourhood {
  /** Ascending, the peer itself included. */
  readonly members: readonly PeerIndex[]
  readonly weights: readonly number[]
  readonly rule: ConfiguredRule
}

/** Everything about a run that follows from its experiment file: graph, Byzantine peers, and each peer's rule. */
export interface Plan extends Overlay {
  /** Neighbourhood of each peer (n) in round 0; on a static graph, in every round. */
  readonly neighbourhoods: readonly Neighbourhood[]
  /** Neighbourhood of each peer (n) in a round, from 0. */
  neighbourhoodsAt(round: number): readonly Neighbourhood[]
}

/**
 * Plans an experiment; the plan is the same in every runtime. Throws PlanError if options contradict each other: peers
 * and topology, f and neighbourhood, exchange and graph, attack and number of Byzantine peers.
 */
export function planOf(experiment: Experiment): Plan {
  const overlay = graphOf(experiment)
  refuseMisfits(experiment, overlay)
  return planOn(overlay, experiment)
}

/** The PlanErrors of an experiment; planOf throws the first. If the graph is impossible, no other check can run. */
export function planRefusals(experiment: Experiment): PlanError[] {
  const refused = refusalsOf(() => void graphOf(experiment))
  if (refused.length > 0) return refused
  const overlay = graphOf(experiment)
  return [...misfitsOf(experiment, overlay), ...refusalsOf(() => void planOn(overlay, experiment))]
}

/** The graph with its Byzantine peers. Throws PlanError if either is impossible. */
function graphOf(experiment: Experiment): Overlay {
  const { honest, byzantine } = experiment.peers
  const withoutByzantine = { honest: honest + byzantine, byzantine: 0, placement: 'random' as const }
  withPath('topology', () => overlayOf({ ...experiment, peers: withoutByzantine }).at(0))
  return withPath('peers.placement', () => overlayOf(experiment))
}

/** Configures the rule of every neighbourhood and tries the attack. */
function planOn(overlay: Overlay, experiment: Experiment): Plan {
  const { n, byzantine } = overlay
  const alone = experiment.exchange === 'none'
  const neighbourhoodsAt = planner(experiment, overlay)
  for (const round of distinctRounds(experiment, overlay)) {
    neighbourhoodsAt(round).forEach(({ members, rule }, peer) => {
      if (!alone) refuseQuorum(experiment.rounds.quorum, peer, members.length - 1, rule)
    })
  }
  // Checks the smallest neighbourhood of any round.
  if (!alone && overlay.minDegree > 0) {
    const size = overlay.minDegree + 1
    const rule = withPath(
      'aggregation',
      () => configurePipeline(experiment.aggregation, size),
      (message) => `${message} (${size - 1} neighbours)`,
    )
    refuseQuorum(experiment.rounds.quorum, 0, size - 1, rule)
  }
  const plan: Plan = {
    n,
    get edges() {
      return overlay.edges
    },
    get neighbours() {
      return overlay.neighbours
    },
    byzantine,
    period: overlay.period,
    regular: overlay.regular,
    minDegree: overlay.minDegree,
    at: overlay.at,
    neighbourhoods: neighbourhoodsAt(0),
    neighbourhoodsAt,
  }
  const attack = attackOf(experiment)
  if (attack && !alone) dryRunAttack(attack, experiment, plan)
  return plan
}

/** Returns the neighbourhoods of a round. Configures the rule once for each size, and plans each graph once. */
function planner(experiment: Experiment, overlay: Overlay): (round: number) => readonly Neighbourhood[] {
  const rules = new Map<number, ConfiguredRule>()
  const ruleFor = (size: number, peer: number): ConfiguredRule => {
    const known = rules.get(size)
    if (known) return known
    const rule = withPath(
      'aggregation',
      () => configurePipeline(experiment.aggregation, size),
      (message) => `${message} (peer ${peer} and its ${size - 1} neighbours)`,
    )
    if (rule.selfCentred && experiment.exchange === 'gradients' && !rule.needs.includes('loss')) {
      const otherwise = declaredRules.find(({ name }) => name === experiment.aggregation.name)?.otherwise
      const remedy = otherwise ? `; use ${otherwise}` : '; use exchange: models'
      throw new PlanError(
        'aggregation',
        `${rule.name} depends on the peer's own vector, and with exchange: gradients all peers must compute the same output${remedy}`,
      )
    }
    if (rule.needs.includes('loss') && experiment.exchange === 'gradients') {
      throw new PlanError('aggregation', `${rule.name} needs the loss of models; use exchange: models, not gradients`)
    }
    rules.set(size, rule)
    return rule
  }
  const of = new WeakMap<RoundGraph, readonly Neighbourhood[]>()
  return (round) => {
    const graph = overlay.at(round)
    const known = of.get(graph)
    if (known) return known
    const neighbourhoods = graph.rows.map(({ members, weights }, peer): Neighbourhood => {
      if (experiment.exchange === 'none') {
        return { members: [peer], weights: [1], rule: configurePipeline({ name: 'average', before: [] }, 1) }
      }
      return { members, weights, rule: ruleFor(members.length, peer) }
    })
    of.set(graph, neighbourhoods)
    return neighbourhoods
  }
}

/** Maximum of peers times rounds that is checked ahead; beyond it, only the first rounds and the smallest size. */
const maxPlanned = 100_000

/** Rounds with neighbourhoods of possibly new sizes, at least one: a period of the graph, limited by `maxPlanned`. */
function distinctRounds({ rounds }: Experiment, { n, period, regular }: Overlay): number[] {
  const all = regular ? 1 : Math.min(period, rounds.count)
  return Array.from({ length: Math.max(1, Math.min(all, Math.ceil(maxPlanned / n))) }, (_, round) => round)
}
