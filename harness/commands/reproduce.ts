import { join, resolve } from 'node:path'
import { defineCommand } from 'citty'
import Table from 'cli-table3'
import { InputError } from '#protocol/loading/input-error.ts'
import { type CheckedClaim, checkClaims, type Evidence } from '#report/claims/check-claims.ts'
import type { Reproduction } from '#report/claims/claims.ts'
import { loadExperiment } from '../config/load.ts'
import { loadReproduction, reproductionNames } from '../config/reproduction.ts'
import { interruption } from '../run/interruption.ts'
import { runAndShow } from '../shell/run.ts'
import { runSweep } from '../shell/sweep.ts'
import { summaryIn } from '../store/run-folder.ts'
import { isSweepFolder, readSweepFolder } from '../sweep/folder.ts'
import { planSweep } from '../sweep/plan.ts'
import { colours } from '../terminal/colours.ts'
import { checkArguments, checkpointArgument, checkpointMs } from './arguments.ts'

const args = {
  name: { type: 'positional', description: 'Name of the result; without a name, print the list', required: false },
  out: { type: 'string', description: 'Folder for run folders', default: 'runs' },
  from: {
    type: 'string',
    description: 'Check the claims against this run or sweep folder without running anything',
    valueHint: 'DIR',
  },
} as const

export const reproduce = defineCommand({
  meta: { name: 'reproduce', description: 'Repeat one of our published results, with a verdict for each claim' },
  args,
  async run({ args: { name, out, from }, rawArgs }) {
    checkArguments(rawArgs, args)
    if (name === undefined) {
      if (from !== undefined) throw new InputError(`--from ${from}: name the reproduction to check it against`)
      process.stdout.write(`${listed()}\n`)
      return
    }
    const reproduction = loadReproduction(name)
    const made = from === undefined ? await run(reproduction, out) : { evidence: read(from), broke: false }
    if (made === undefined) {
      process.exitCode = 130
      return
    }
    const { evidence, broke } = made
    const checked = checkClaims(reproduction.claims, evidence)
    process.stdout.write(`\n${checked.map(line).join('\n')}\n\n${verdict(checked)}\n`)
    process.exitCode = broke ? 3 : checked.some(({ holds }) => holds === false) ? 1 : 0
  },
})

interface Made {
  readonly evidence: Evidence
  /** The run broke, or a file of it could not be written. */
  readonly broke: boolean
}

/** Undefined if the run was interrupted. */
async function run({ experiment: source, set }: Reproduction, out: string): Promise<Made | undefined> {
  const signal = interruption()
  const experiment = loadExperiment(source, set)
  if (!experiment.sweep) {
    const { summary, lost } = await runAndShow(experiment, { out, signal })
    if (signal.aborted) return undefined
    return { evidence: { run: summary }, broke: lost.length > 0 || summary.verdict.exitCode === 3 }
  }
  const options = {
    out,
    jobs: undefined,
    shard: { index: 1, of: 1 },
    resume: true,
    twins: false,
    reports: false,
    checkpointMs: checkpointMs(checkpointArgument.default),
    signal,
  }
  const exitCode = await runSweep(experiment, source, options)
  if (signal.aborted) return undefined
  const folder = join(resolve(out), planSweep(experiment, source, options).folder)
  return { evidence: { sweep: readSweepFolder(folder) }, broke: exitCode === 3 }
}

function read(folder: string): Evidence {
  const path = resolve(folder)
  if (isSweepFolder(path)) return { sweep: readSweepFolder(path) }
  const summary = summaryIn(path)
  if (!summary) throw new InputError(`--from ${folder}: holds neither a run nor a sweep`)
  return { run: summary }
}

function line({ claim, expected, measured, holds }: CheckedClaim): string {
  const mark = holds === null ? colours.yellow('?') : holds ? colours.green('✓') : colours.red('✗')
  return `${mark} ${claim}\n    expected ${expected}, measured ${measured}`
}

function verdict(checked: readonly CheckedClaim[]): string {
  const hold = checked.filter(({ holds }) => holds).length
  const open = checked.filter(({ holds }) => holds === null).length
  return `${hold} of ${checked.length} claims hold${open > 0 ? `, ${open} cannot be compared at this version` : ''}`
}

function listed(): string {
  const table = new Table({
    head: ['name', 'what', 'claims', 'minutes'],
    style: { head: [], border: [] },
    colWidths: [null, 60],
    wordWrap: true,
  })
  for (const name of reproductionNames()) {
    const { about, claims, minutes } = loadReproduction(name)
    table.push([name, about, claims.length, minutes])
  }
  return table.toString()
}
