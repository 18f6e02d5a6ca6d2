import { defineCommand } from 'citty'
import { InputError } from '#protocol/loading/input-error.ts'
import { loadExperiment } from '../config/load.ts'
import { interruption } from '../run/interruption.ts'
import { runSweep } from '../shell/sweep.ts'
import { outlookLines, prepareSweep } from '../sweep/prepare.ts'
import { checkArguments, checkpointArgument, checkpointMs, repeated, wholeNumber } from './arguments.ts'

const args = {
  file: {
    type: 'positional',
    description: 'A YAML or JSON file with a sweep, or the name of a preset',
    required: true,
  },
  set: { type: 'string', description: 'Change one path of all experiments (repeatable)', valueHint: 'path=value' },
  out: { type: 'string', description: "Folder for the sweep's folder", default: 'runs' },
  jobs: { type: 'string', description: 'Runs at a time (default: as many as keep all cores busy)', valueHint: 'N' },
  shard: {
    type: 'string',
    description: 'Run only every n-th run, starting with the i-th (i from 1 to n)',
    valueHint: 'i/n',
  },
  resume: {
    type: 'boolean',
    description: 'Keep finished runs, resume interrupted ones, and run the rest',
  },
  plan: { type: 'boolean', description: 'Print the number of runs and an estimate of the time, without running any' },
  json: { type: 'boolean', description: 'With --plan: print it as JSON' },
  checkpoint: checkpointArgument,
  twins: { type: 'boolean', description: 'Run the twins of every experiment too' },
  bare: { type: 'boolean', description: 'Do not write report.html for each run' },
} as const

export const sweep = defineCommand({
  meta: { name: 'sweep', description: 'Run many experiments: every cell of a sweep with every seed' },
  args,
  async run({ args: { file, out, jobs, shard, resume, plan, json, checkpoint, twins, bare }, rawArgs }) {
    checkArguments(rawArgs, args)
    if (json && !plan) throw new InputError('--json needs --plan')
    const base = loadExperiment(file, repeated(rawArgs, 'set'))
    const options = {
      out,
      jobs: wholeNumber(jobs, 'jobs', 1, 1024),
      shard: readShard(shard),
      resume: resume === true,
      checkpointMs: checkpointMs(checkpoint),
      twins: twins === true,
      reports: bare !== true,
      signal: interruption(),
    }
    if (!plan) {
      process.exitCode = await runSweep(base, file, options)
      return
    }
    const { outlook } = await prepareSweep(base, file, options, 'plan')
    process.stdout.write(json ? `${JSON.stringify(outlook, null, 2)}\n` : `${outlookLines(outlook).join('\n')}\n`)
  },
})

function readShard(text: string | undefined): { index: number; of: number } {
  if (text === undefined) return { index: 1, of: 1 }
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? []
  if (index === undefined || of === undefined || index < 1 || index > of) {
    throw new InputError(`--shard ${text}: write i/n with i from 1 to n, such as 2/8`)
  }
  return { index, of }
}
