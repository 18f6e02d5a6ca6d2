import type { ConfiguredRule } from '#aggregation/rule.ts'
import type { Descent } from '#learning/training/descent.ts'
import type { PeerIndex } from '#topology/graph.ts'
import type { Experiment } from '../experiment/schema.ts'
import type { PeerConfig } from '../peer/peer-ports.ts'
import type { TrainerOptions } from '../peer/trainer.ts'
import { slownessOf } from '../plan/delays.ts'
import type { Neighbourhood, Plan } from '../plan/plan.ts'
import type { RoundNeighbourhood } from '../round/state.ts'

/** One peer's part of the plan. It does not depend on the roles of other peers. */
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
    const minimum = quorumOf(undefined, neighbours.length, rule)
    const quorum = quorumOf(rounds.quorum, neighbours.length, rule)
    // Closing with K - f updates needs K >= 3f + 1 and a quorum. With f = 0 the peer waits for all K.
    const graceThreshold = Math.max(members.length - f - 1, quorum)
    const leavesSome = f > 0 && members.length >= 3 * f + 1 && graceThreshold < neighbours.length && !gradients
    return {
      neighbours,
      quorum: gradients && rounds.quorum === undefined ? 'all' : quorum,
      minimum,
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

/** Minimum number of neighbours' updates to close a round at its deadline: as written, else the rule's minimum. */
export function quorumOf(
  written: number | undefined,
  neighbours: number,
  { minimum }: Pick<ConfiguredRule, 'minimum'>,
): number {
  return written ?? Math.min(neighbours, Math.max(1, minimum - 1))
}

/**
 * The place of momentum: as written, else `local` with models and `aggregate` with gradients. A peer that trains alone
 * aggregates only its own gradient, so the two are equal.
 */
export function momentumAt({ exchange, learning }: Pick<Experiment, 'exchange' | 'learning'>): 'local' | 'aggregate' {
  if (exchange === 'none') return 'local'
  return learning.momentum.at ?? (exchange === 'gradients' ? 'aggregate' : 'local')
}

/** The options of a local step. The learning rate is not among them, because it changes with the round. */
export function descentOf({ learning }: Pick<Experiment, 'learning'>): Omit<Descent, 'learningRate'> {
  const { momentum, weightDecay, gradientClip } = learning
  const { beta, dampening } = momentum
  return { beta, dampening, weightDecay, ...(gradientClip === undefined ? {} : { gradientClip }) }
}

/** The augmentation of one peer's training images; an empty object without augmentation. */
export function augmentationOf(
  { learning }: Pick<Experiment, 'learning'>,
  seed: number,
  peer: PeerIndex,
): { readonly augmentation?: NonNullable<TrainerOptions['augmentation']> } {
  const { crop, flip } = learning.augmentation
  return crop > 0 || flip ? { augmentation: { crop, flip, seed, peer } } : {}
}

/** Caches the last answer, because a round asks for the same one many times. */
function byRound<T>(compute: (round: number) => T): (round: number) => T {
  let known: { readonly round: number; readonly value: T } | undefined
  return (round) => {
    if (known?.round !== round) known = { round, value: compute(round) }
    return known.value
  }
}
