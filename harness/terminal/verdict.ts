import type { Summary } from '#report/summary/summary.ts'
import { verdictTitle } from '#report/summary/wording.ts'
import { colours } from './colours.ts'

/**
 * The last lines of a run: verdict, findings, notes, and the path of the report or the files that could not be written.
 */
export function verdictText(
  { verdict, notes }: Pick<Summary, 'verdict' | 'notes'>,
  reportPath: string,
  lost: readonly string[] = [],
): string {
  const passed = verdict.exitCode === 0
  const title = verdictTitle(verdict)
  return [
    colours.bold(passed ? colours.green(`✓ ${title}`) : colours.red(`✗ ${title}`)),
    ...verdict.lines.map((line) => `  ${line}`),
    ...notes.map((note) => `  ${colours.dim(note)}`),
    ...lost.map((file) => colours.red(`Not written: ${file}`)),
    ...(lost.some((file) => file.startsWith('report.html ')) ? [] : [`Report: ${reportPath}`]),
  ].join('\n')
}
