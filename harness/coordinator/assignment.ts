import type { Experiment } from '#protocol/experiment/schema.ts'
import { attackOf } from '#protocol/plan/liars.ts'
import type { Plan } from '#protocol/plan/plan.ts'
import { victimsOf } from '#protocol/plan/victims.ts'
import type { Assignment, RosterSeat } from '#protocol/wire/control.ts'
import type { PeerIndex } from '#topology/graph.ts'
import { publicExperiment, withoutPaths } from './public-experiment.ts'

/** What is alike for all seats of a run. */
export interface AssignmentSource {
  readonly experiment: Experiment
  readonly experimentId: string
  readonly plan: Plan
  readonly roster: readonly RosterSeat[]
  /** How often the seats of this run were assigned before. */
  readonly seating: number
}

/** What a peer is told of its seat. Honest peers learn nothing of who lies; a liar learns of its attack and fellows. */
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
