import type { Experiment } from '../experiment/schema.ts'
import { planOf, planRefusals } from '../plan/plan.ts'
import { type PlanError, refusalsOf } from '../plan/plan-error.ts'

/** How a loader reports the problems of an experiment. */
export interface Telling {
  /** Maximum number of lines in an InputError about an experiment. */
  readonly maxLines: number
  /** The start of a problem's line: the name of the experiment (`where`) and the path of the value. */
  place(where: string, path: readonly PropertyKey[]): string
  /** The errors of the plan to report. */
  refusals(experiment: Experiment): readonly PlanError[]
}

/** Reports every problem, and every error of the plan. */
export const thoroughly: Telling = {
  maxLines: Number.POSITIVE_INFINITY,
  place: (where, path) => [where, ...(path.length > 0 ? [path.join('.')] : [])].join(': '),
  refusals: planRefusals,
}

/** Reports at most five problems, and only the first error of the plan. */
export const briefly: Telling = {
  ...thoroughly,
  maxLines: 5,
  refusals: (experiment) => refusalsOf(() => void planOf(experiment)),
}

/** The first problems; the last line says how many more there are. */
export function firstOf(problems: readonly string[], maxLines: number): string[] {
  const more = problems.length - maxLines
  if (more <= 0) return [...problems]
  return [
    ...problems.slice(0, maxLines),
    `${more} more ${more === 1 ? 'problem' : 'problems'}; hearsay check lists all`,
  ]
}
