import type { Summary } from '#report/summary/summary.ts'
import { verdictTitle } from '#report/summary/wording.ts'
import { colours } from './colours.ts'

/** The last lines of a run: verdict, findings, notes and the path of the report. */
export function verdictText({ verdict, notes }: Pick<Summary, 'verdict' | 'notes'>, reportPath: string): string {
  const passed = verdict.exitCode === 0
  const title = verdictTitle(verdict)
  return [
    colours.bold(passed ? colours.green(`✓ ${title}`) : colours.red(`✗ ${title}`)),
    ...verdict.lines.map((line) => `  ${line}`),
    ...notes.map((note) => `  ${colours.dim(note)}`),
    `Report: ${reportPath}`,
  ].join('\n')
}
