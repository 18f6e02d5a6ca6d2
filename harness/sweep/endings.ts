import { groupBy } from '#report/summary/log.ts'
import type { Verdict } from '#report/summary/summary.ts'
import { count } from '#report/summary/wording.ts'
import type { PlannedRun, SweepResults } from '#report/sweep/results.ts'
import { cellName } from './cells.ts'

/** More cells than this are counted, not named. */
const maxNamed = 4

/**
 * Whether a run makes its sweep fail: something that it expects does not hold. A vacuous attack or starved peers fail a
 * run, but a sweep over z may well have 0 among its values, and one over rules a rule that a silent neighbour starves;
 * there they count only where the run expects something.
 */
export function failsSweep({ kind, expectations }: Verdict): boolean {
  const untold = kind === 'vacuous attack' || kind === 'honest peers starved'
  return kind === 'expectation failed' || (untold && expectations.length > 0)
}

/** What the runs of a sweep came to, a line each: how many are there, where expectations failed, where nothing was tested. */
export function endingLines({ plan, finished, missing }: SweepResults): string[] {
  // Cells that come to the same experiment share a run.
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
      'the attack was vacuous (z = 0), which fails what is expected there',
    ),
    ...told(
      vacuous.filter(({ summary }) => !failsSweep(summary.verdict)),
      'the attack was vacuous (z = 0), so that they tested nothing',
    ),
    ...told(
      runs.filter(({ summary }) => summary.verdict.kind === 'honest peers starved'),
      'most honest peers starved and stopped learning',
    ),
  ]
}
