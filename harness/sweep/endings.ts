import { groupBy } from '#report/summary/log.ts'
import type { Verdict } from '#report/summary/summary.ts'
import { count } from '#report/summary/wording.ts'
import type { PlannedRun, SweepResults } from '#report/sweep/results.ts'
import { cellName } from './cells.ts'

/** Maximum number of cells that a line names; the others are only counted. */
const maxNamed = 4

/**
 * Whether a run makes its sweep fail: an expectation of the run failed. A single run also fails with a vacuous attack
 * or starved peers. In a sweep these are normal (z = 0, or a rule that a silent neighbour starves), and they count only
 * if the run has expectations.
 */
export function failsSweep({ kind, expectations }: Verdict): boolean {
  const untold = kind === 'vacuous attack' || kind === 'honest peers starved'
  return kind === 'expectation failed' || (untold && expectations.length > 0)
}

/** Lines on the outcome of a sweep: how many runs finished, broke, failed an expectation, or tested nothing. */
export function endingLines({ plan, finished, missing }: SweepResults): string[] {
  // Cells with the same experiment share a run.
  const runs = [...new Map(finished.map((entry) => [entry.run.folder, entry])).values()]
  const planned = runs.length + new Set(missing.map(({ folder }) => folder)).size
  const cellsOf = (those: readonly PlannedRun[]): string => {
    const cells = [...new Set(those.map((run) => cellName(plan.cells[run.cell]!)))].filter((name) => name !== '')
    const more = cells.length > maxNamed ? `; and ${count(cells.length - maxNamed, 'more cell')}` : ''
    return `${cells.slice(0, maxNamed).join('; ')}${more}`
  }
  const told = (those: typeof runs, what: string): string[] => {
    const cells = cellsOf(those.map(({ run }) => run))
    return those.length === 0 ? [] : [`in ${count(those.length, 'run')} ${what}${cells === '' ? '' : `: ${cells}`}`]
  }
  const vacuous = runs.filter(({ summary }) => summary.verdict.kind === 'vacuous attack')
  const broke = groupBy(
    [...new Map(missing.map((run) => [run.folder, run])).values()].filter(({ state }) => state === 'broke'),
    ({ reason }) => reason ?? 'no reason was recorded',
  )
  return [
    `${runs.length} of ${count(planned, 'run')} finished`,
    ...[...broke].map(([reason, those]) => {
      const cells = cellsOf(those)
      return `${count(those.length, 'run')} broke${cells === '' ? '' : ` (${cells})`}: ${reason}`
    }),
    ...told(
      runs.filter(({ summary }) => summary.verdict.kind === 'expectation failed'),
      'an expectation failed',
    ),
    ...told(
      vacuous.filter(({ summary }) => failsSweep(summary.verdict)),
      'the attack was vacuous (z = 0), so their expectations fail',
    ),
    ...told(
      vacuous.filter(({ summary }) => !failsSweep(summary.verdict)),
      'the attack was vacuous (z = 0), so they tested nothing',
    ),
    ...told(
      runs.filter(({ summary }) => summary.verdict.kind === 'honest peers starved'),
      'most honest peers starved and stopped learning',
    ),
  ]
}
