import { statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { defineCommand } from 'citty'
import { reading, writing } from '#node/system-error.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { type Compared, groupsOf } from '#report/comparison/groups.ts'
import { comparisonFindings, renderComparison } from '#report/comparison/html.ts'
import { renderReport } from '#report/page/html.ts'
import type { Summary } from '#report/summary/summary.ts'
import { showSweep } from '../shell/sweep.ts'
import { summaryIn } from '../store/run-folder.ts'
import { printed } from '../store/shown.ts'
import { writeRunFigures } from '../store/write-figures.ts'
import { writeWhole } from '../store/write-whole.ts'
import { isSweepFolder, readSweepFolder } from '../sweep/folder.ts'
import { comparisonTable } from '../terminal/comparison-table.ts'
import { peersTable } from '../terminal/peers-table.ts'
import { verdictText } from '../terminal/verdict.ts'
import { checkArguments } from './arguments.ts'

const args = {
  folder: {
    type: 'positional',
    description: 'A run folder or sweep folder; several are compared',
    required: true,
  },
  figures: {
    type: 'boolean',
    description: 'Write every figure of a run as figures/NAME.svg too (a sweep always has them)',
  },
  out: { type: 'string', description: 'File for the comparison', default: 'comparison.html', valueHint: 'FILE' },
} as const

export const report = defineCommand({
  meta: {
    name: 'report',
    description:
      'Write the report of a run or sweep again from its folder, and print its table. Given several folders, compare them in one page',
  },
  args,
  run({ args: { folder, figures, out, _: folders }, rawArgs }) {
    checkArguments(rawArgs, args, Number.POSITIVE_INFINITY)
    if (folders.length > 1) return compare(folders, out)
    if (isSweepFolder(folder)) {
      process.exitCode = showSweep(folder, readSweepFolder(folder)) ? 0 : 3
      return
    }
    const summary = readSummary(folder)
    const path = join(folder, 'report.html')
    process.stdout.write(`${peersTable(summary)}\n\n`)
    writing(path, () => writeWhole(path, renderReport(summary)))
    if (figures) writing(join(folder, 'figures'), () => writeRunFigures(folder, summary))
    process.stdout.write(`${verdictText(summary, printed(path))}\n`)
  },
})

function compare(folders: readonly string[], out: string): void {
  const compared = folders.map(
    (folder): Compared =>
      isSweepFolder(folder)
        ? { kind: 'sweep', folder, results: readSweepFolder(folder) }
        : { kind: 'run', folder, name: basename(resolve(folder)), summary: readSummary(folder) },
  )
  const groups = groupsOf(compared)
  if (groups.length === 0) throw new InputError(`${folders.join(', ')}: no finished run in these folders`)
  process.stdout.write(`${comparisonTable(groups)}\n\n${comparisonFindings(groups).join('\n')}\n`)
  writing(`--out ${out}`, () => writeWhole(out, renderComparison(groups)))
  process.stdout.write(`Comparison: ${printed(out)}\n`)
}

function readSummary(folder: string): Summary {
  const there = reading(folder, () => statSync(folder))
  if (!there.isDirectory()) throw new InputError(`${folder}: is a file, not a folder`)
  const summary = summaryIn(folder)
  if (summary) return summary
  throw new InputError(
    `${folder}: there is no summary.json and no plan.json; make a run folder with: hearsay run FILE, or a sweep folder with: hearsay sweep FILE`,
  )
}
