import type { ConfiguredRule } from '#aggregation/rule.ts'
import type { Descent } from '#learning/training/descent.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Experiment } from '../experiment/schema.ts'
import type { PeerConfig } from '../peer/peer-ports.ts'
import type { TrainerOptions } from '../peer/trainer.ts'
import { slownessOf } from '../plan/delays.ts'
import type { Neighbourhood, Plan } from '../plan/plan.ts'
import type { RoundNeighbourhood } from '../round/state.ts'

/** What one peer is told of the plan. Nothing in it depends on who lies. */
export function peerConfigOf(
  experiment: Experiment,
  plan: Plan,
  peer: PeerIndex,
  heartbeatMs: number | undefined,
): Omit<PeerConfig, 'sketch'> {
  const first = plan.neighbourhoods[peer] as Neighbourhood
  const { exchange, learning, rounds, faults } = experiment
  const gradients = exchange === 'gradients'
  const neighbourhoodOf = ({ members, rule }: Neighbourhood): RoundNeighbourhood => {
    const neighbours = members.filter((member) => member !== peer)
    const { f } = rule
    const fewest = quorumOf(undefined, neighbours.length, rule)
    const quorum = quorumOf(rounds.quorum, neighbours.length, rule)
    // Closing with K - f needs K >= 3f + 1 and a quorum; without a declared f there is nobody to leave behind.
    const graceThreshold = Math.max(members.length - f - 1, quorum)
    const leavesSome = f > 0 && members.length >= 3 * f + 1 && graceThreshold < neighbours.length && !gradients
    return {
      neighbours,
      quorum: gradients && rounds.quorum === undefined ? 'all' : quorum,
      fewest,
      ...(leavesSome ? { graceThreshold } : {}),
    }
  }
  const changes = plan.period > 1 && exchange !== 'none'
  return {
    rules: {
      self: peer,
      ...neighbourhoodOf(first),
      ...(changes
        ? {
            neighbours: plan.neighbours[peer] ?? [],
            at: byRound((round) => neighbourhoodOf(plan.neighbourhoodsAt(round)[peer] as Neighbourhood)),
          }
        : {}),
      rounds: rounds.count,
      deadlineMs: rounds.deadlineMs,
      ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
      pulls: gradients ? 'from-anyone' : heartbeatMs === undefined ? 'never' : 'from-sender',
    },
    members: first.members,
    weights: first.weights,
    ...(changes ? { neighbourhoodAt: (round: number) => plan.neighbourhoodsAt(round)[peer] as Neighbourhood } : {}),
    exchange,
    localSteps: learning.localSteps,
    ...(learning.localEpochs === undefined ? {} : { localEpochs: learning.localEpochs }),
    learningRate: learning.learningRate,
    schedule: learning.schedule,
    weightDecay: learning.weightDecay,
    momentum: { ...learning.momentum, at: momentumAt(experiment) },
    evaluateEvery: rounds.evaluateEvery,
    seed: experiment.seed,
    needsLosses: first.rule.needs.includes('loss'),
    computeMs: faults.computeMs * slownessOf(faults.stragglers, experiment.seed, peer),
  }
}

/** Neighbours' updates with which a peer closes a round at its deadline: as written, else the fewest that the rule takes. */
export function quorumOf(
  written: number | undefined,
  neighbours: number,
  { minimum }: Pick<ConfiguredRule, 'minimum'>,
): number {
  return written ?? Math.min(neighbours, Math.max(1, minimum - 1))
}

/**
 * Where momentum is kept: as written, else local with models and at the aggregate with gradients. A peer that trains
 * alone aggregates nothing but its own gradient, and then the two are the same.
 */
export function momentumAt({ exchange, learning }: Pick<Experiment, 'exchange' | 'learning'>): 'local' | 'aggregate' {
  if (exchange === 'none') return 'local'
  return learning.momentum.at ?? (exchange === 'gradients' ? 'aggregate' : 'local')
}

/** How a peer steps; the learning rate goes by rounds. */
export function descentOf({ learning }: Pick<Experiment, 'learning'>): Omit<Descent, 'learningRate'> {
  const { momentum, weightDecay, gradientClip } = learning
  const { beta, dampening } = momentum
  return { beta, dampening, weightDecay, ...(gradientClip === undefined ? {} : { gradientClip }) }
}

/** The random views of one peer's training images; nothing where they are taken as they are. */
export function augmentationOf(
  { learning }: Pick<Experiment, 'learning'>,
  seed: number,
  peer: PeerIndex,
): { readonly augmentation?: NonNullable<TrainerOptions['augmentation']> } {
  const { crop, flip } = learning.augmentation
  return crop > 0 || flip ? { augmentation: { crop, flip, seed, peer } } : {}
}

/** Remembers the last answer: a round asks for the same one many times. */
function byRound<T>(compute: (round: number) => T): (round: number) => T {
  let known: { readonly round: number; readonly value: T } | undefined
  return (round) => {
    if (known?.round !== round) known = { round, value: compute(round) }
    return known.value
  }
}
