import { defineCommand } from 'citty'
import { initialise } from '../init/init.ts'
import { checkArguments } from './arguments.ts'

const args = {
  file: { type: 'positional', description: 'The file to write', required: false, default: 'experiment.yaml' },
  preset: { type: 'string', description: 'Start from this preset instead (hearsay list presets)', valueHint: 'NAME' },
} as const

export const init = defineCommand({
  meta: { name: 'init', description: 'Write a commented experiment to start from' },
  args,
  run({ args: { file, preset }, rawArgs }) {
    checkArguments(rawArgs, args)
    const { schema, isSweep } = initialise(file, preset)
    if (schema === undefined)
      process.stderr.write(
        'note: no relative path leads to the JSON schema, so the file does not name it; editors complete keys if hearsay is installed in the project: npm install hearsay\n',
      )
    process.stdout.write(
      `${file} is written. Check it with: hearsay check ${file}; run it with: hearsay ${isSweep ? 'sweep' : 'run'} ${file}\n`,
    )
  },
})
