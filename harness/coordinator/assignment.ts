import { withoutPath } from '#learning/datasets/choice.ts'
import type { Experiment } from '#protocol/experiment/schema.ts'
import { attackOf } from '#protocol/plan/byzantine.ts'
import type { Plan } from '#protocol/plan/plan.ts'
import { victimsOf } from '#protocol/plan/victims.ts'
import type { Assignment, RosterSeat } from '#protocol/wire/control.ts'
import type { PeerIndex } from '#topology/graph.ts'

/** The part of an assignment that is the same for all seats of a run. */
export interface AssignmentSource {
  readonly experiment: Experiment
  readonly experimentId: string
  readonly plan: Plan
  readonly roster: readonly RosterSeat[]
  /** Number of earlier assignments in this run. */
  readonly seating: number
}

/**
 * The assignment for one seat. It does not tell an honest peer which peers are Byzantine. It tells a Byzantine peer its
 * attack, its colluders and its victims.
 */
export function assignmentOf(
  { experiment, experimentId, plan, roster, seating }: AssignmentSource,
  index: PeerIndex,
  own: { readonly dataUrl?: string | undefined; readonly batchSeed?: number | undefined },
): Assignment {
  const told = publicExperiment(experiment, plan.n)
  const byzantine = attackOf(experiment) && plan.byzantine.includes(index)
  return {
    type: 'assignment',
    index,
    n: plan.n,
    experimentId,
    experiment: own.dataUrl === undefined ? told : withoutPaths(told),
    roster: [...roster],
    neighbours: experiment.exchange === 'none' ? [] : [...(plan.neighbours[index] ?? [])],
    ...(byzantine
      ? {
          byzantine: {
            attack: experiment.attack,
            colluders: plan.byzantine.filter((peer) => peer !== index),
            victims: [...victimsOf(plan, index)],
          },
        }
      : {}),
    ...(own.dataUrl === undefined ? {} : { dataUrl: own.dataUrl }),
    ...(own.batchSeed === undefined ? {} : { batchSeed: own.batchSeed }),
    ...(seating > 0 ? { seating } : {}),
  }
}

/** The experiment without its secrets: the attack, and the number and placement of the Byzantine peers. */
export function publicExperiment(experiment: Experiment, n: number): Experiment {
  return {
    ...experiment,
    peers: { honest: n, byzantine: 0, placement: [] },
    attack: { name: 'none' },
    expect: [],
    twins: [],
  }
}

/** The experiment for other machines: without the path of its data set. */
export function withoutPaths(experiment: Experiment): Experiment {
  const { learning } = experiment
  return { ...experiment, learning: { ...learning, dataset: withoutPath(learning.dataset) } }
}
