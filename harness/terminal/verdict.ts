import colours from 'picocolors'
import type { Summary } from '../report/summary.ts'
import { verdictWord } from '../report/wording.ts'

/** The last lines of a run: the verdict, what the run shows, what to know of the figures, where the report lies. */
export function verdictText({ verdict, notes }: Pick<Summary, 'verdict' | 'notes'>, reportPath: string): string {
  const passed = verdict.exitCode === 0
  const word = verdictWord(verdict)
  const mark = passed ? colours.green(`✓ ${word}`) : colours.red(`✗ ${word}`)
  return [
    `${mark}${colours.bold(`: ${verdict.kind}`)}`,
    ...verdict.lines.map((line) => `  ${line}`),
    ...notes.map((note) => `  ${colours.dim(note)}`),
    `Report: ${reportPath}`,
  ].join('\n')
}
