import { defineCommand } from 'citty'
import { InputError } from '#protocol/loading/input-error.ts'
import { checkExperiment } from '../check/check.ts'
import { checkArguments, repeated } from './arguments.ts'

const args = {
  file: { type: 'positional', description: 'A YAML or JSON file, or the name of a preset', required: true },
  set: { type: 'string', description: 'Change one path of the experiment (repeatable)', valueHint: 'path=value' },
} as const

export const check = defineCommand({
  meta: { name: 'check', description: 'List all problems of an experiment or its sweep, without running it' },
  args,
  async run({ args: { file }, rawArgs }) {
    checkArguments(rawArgs, args)
    const { problems, warnings, summary } = await checkExperiment(file, repeated(rawArgs, 'set'))
    if (problems.length > 0) throw new InputError(problems)
    for (const line of warnings) process.stderr.write(`${line}\n`)
    process.stdout.write(`${file}: ${summary}\n`)
  },
})
