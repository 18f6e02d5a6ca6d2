import { defineCommand } from 'citty'
import { loadSingle } from '../config/load.ts'
import { interruption } from '../run/interruption.ts'
import { runExperiment } from '../shell/run.ts'
import { checkArguments, checkpointArgument, checkpointMs, repeated } from './arguments.ts'

const args = {
  file: { type: 'positional', description: 'A YAML or JSON file, or the name of a preset', required: true },
  set: { type: 'string', description: 'Change one path of the experiment (repeatable)', valueHint: 'path=value' },
  out: { type: 'string', description: 'Folder for run folders', default: 'runs' },
  resume: { type: 'string', description: 'Resume an interrupted run in its folder', valueHint: 'DIR' },
  checkpoint: checkpointArgument,
} as const

export const run = defineCommand({
  meta: { name: 'run', description: 'Run an experiment; the exit code is the verdict' },
  args,
  async run({ args: { file, out, resume, checkpoint }, rawArgs }) {
    checkArguments(rawArgs, args)
    const signal = interruption()
    const experiment = loadSingle(file, repeated(rawArgs, 'set'))
    process.exitCode = await runExperiment(experiment, {
      out,
      signal,
      checkpointMs: checkpointMs(checkpoint),
      ...(resume === undefined ? {} : { resume }),
    })
  },
})
