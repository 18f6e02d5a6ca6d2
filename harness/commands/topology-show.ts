import { writeFileSync } from 'node:fs'
import { defineCommand } from 'citty'
import { InputError } from '../experiment/input-error.ts'
import { loadExperiment } from '../experiment/load.ts'
import { drawTopology } from '../report/topology-figure.ts'
import { checkArguments, repeated } from './arguments.ts'
import { describeTopology } from './topology.ts'

const args = {
  file: { type: 'positional', description: 'A YAML or JSON file, or the name of a preset', required: true },
  set: { type: 'string', description: 'Change one path of the experiment (repeatable)', valueHint: 'path=value' },
  json: { type: 'boolean', description: 'Print numbers as JSON' },
  svg: { type: 'string', description: 'Write a drawing to this file', valueHint: 'FILE' },
} as const

const show = defineCommand({
  meta: { name: 'show', description: 'Print who talks to whom, who lies, and what each rule can bear there' },
  args,
  run({ args: { file, json, svg }, rawArgs }) {
    checkArguments(rawArgs, args)
    const { text, data } = describeTopology(loadExperiment(file, repeated(rawArgs, 'set')))
    if (svg) {
      try {
        writeFileSync(svg, drawTopology(data))
      } catch (error) {
        throw new InputError(`--svg ${svg}: cannot be written (${(error as NodeJS.ErrnoException).code})`)
      }
    }
    process.stdout.write(json ? `${JSON.stringify(data)}\n` : `${text}\n`)
  },
})

export const topology = defineCommand({
  meta: { name: 'topology', description: 'Look at the topology of an experiment' },
  subCommands: { show },
})
