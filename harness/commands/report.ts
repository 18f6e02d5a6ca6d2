import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineCommand } from 'citty'
import { InputError } from '../experiment/input-error.ts'
import { renderReport } from '../report/html.ts'
import type { Summary } from '../report/summary.ts'
import { isSweepFolder, readSweepFolder } from '../sweep/folder.ts'
import { showSweep } from '../sweep/sweep.ts'
import { peersTable } from '../terminal/peers-table.ts'
import { verdictText } from '../terminal/verdict.ts'
import { checkArguments } from './arguments.ts'

const args = {
  folder: { type: 'positional', description: 'A run folder, or the folder of a sweep', required: true },
} as const

export const report = defineCommand({
  meta: {
    name: 'report',
    description: 'Write the report of a run or a sweep again, from what its folder holds, and print its table',
  },
  args,
  async run({ args: { folder }, rawArgs }) {
    checkArguments(rawArgs, args)
    if (isSweepFolder(folder)) return showSweep(folder, readSweepFolder(folder))
    const file = join(folder, 'summary.json')
    if (!existsSync(file))
      throw new InputError(`${folder}: there is no summary.json; a run folder is made by: hearsay run FILE`)
    let summary: Summary
    try {
      summary = JSON.parse(readFileSync(file, 'utf8')) as Summary
    } catch (error) {
      throw new InputError(`${file}: is not JSON (${(error as Error).message})`)
    }
    const path = join(folder, 'report.html')
    writeFileSync(`${path}.part`, renderReport(summary))
    renameSync(`${path}.part`, path)
    process.stdout.write(`${peersTable(summary)}\n\n${verdictText(summary, path)}\n`)
  },
})
