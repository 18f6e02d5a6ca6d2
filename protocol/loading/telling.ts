import type { Experiment } from '../experiment/schema.ts'
import { planOf, planRefusals } from '../plan/plan.ts'
import { type PlanError, refusalsOf } from '../plan/plan-error.ts'

/** How a loader tells what is wrong with an experiment. */
export interface Telling {
  /** Maximum number of lines in an InputError about an experiment. */
  readonly maxLines: number
  /** What stands before a problem: the experiment in words (`where`) and the path of the value. */
  place(where: string, path: readonly PropertyKey[]): string
  /** What the plan refuses. */
  refusals(experiment: Experiment): readonly PlanError[]
}

/** Every problem, with the path of its value; of the plan's refusals all. */
export const thoroughly: Telling = {
  maxLines: Number.POSITIVE_INFINITY,
  place: (where, path) => [where, ...(path.length > 0 ? [path.join('.')] : [])].join(': '),
  refusals: planRefusals,
}

/** A few lines; of the plan's refusals the first. */
export const briefly: Telling = {
  ...thoroughly,
  maxLines: 5,
  refusals: (experiment) => refusalsOf(() => void planOf(experiment)),
}

/** The first problems; the last line says how many more there are. */
export function firstOf(problems: readonly string[], maxLines: number): string[] {
  const more = problems.length - maxLines
  if (more <= 0) return [...problems]
  return [...problems.slice(0, maxLines), `${more} more ${more === 1 ? 'problem' : 'problems'}; hearsay check says all`]
}
