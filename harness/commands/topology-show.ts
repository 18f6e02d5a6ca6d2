import { writeFileSync } from 'node:fs'
import { defineCommand } from 'citty'
import { writing } from '#node/system-error.ts'
import { InputError } from '#protocol/loading/input-error.ts'
import { drawTopology } from '#report/figures/topology-figure.ts'
import { type DescribedTopology, describeTopology } from '#report/graph/topology.ts'
import { loadExperiment } from '../config/load.ts'
import { checkArguments, repeated } from './arguments.ts'
import { topologyText } from './topology-text.ts'

const args = {
  file: { type: 'positional', description: 'A YAML or JSON file, or the name of a preset', required: true },
  set: { type: 'string', description: 'Change one path of the experiment (repeatable)', valueHint: 'path=value' },
  json: { type: 'boolean', description: 'Print the numbers as JSON' },
  svg: { type: 'string', description: 'Write a drawing to this file', valueHint: 'FILE' },
  round: {
    type: 'string',
    description: 'Draw this round, from 0, of a graph that changes (default: all rounds together)',
    valueHint: 'R',
  },
} as const

const show = defineCommand({
  meta: { name: 'show', description: 'Print the graph, its Byzantine peers, and how many of them each rule tolerates' },
  args,
  run({ args: { file, json, svg, round }, rawArgs }) {
    checkArguments(rawArgs, args)
    const experiment = loadExperiment(file, repeated(rawArgs, 'set'))
    const data = describeTopology(experiment)
    const edges = round === undefined ? data.edges : edgesOf(data, round)
    if (svg) writing(`--svg ${svg}`, () => writeFileSync(svg, drawTopology({ ...data, edges })))
    process.stdout.write(json ? `${JSON.stringify(data)}\n` : topologyText(experiment, data))
  },
})

function edgesOf({ rounds, edges, period }: DescribedTopology, round: string): DescribedTopology['edges'] {
  if (!rounds) return edges
  const wanted = /^\d{1,9}$/.test(round) ? Number(round) : Number.NaN
  const found = rounds[period === null ? wanted : wanted % period]
  if (found) return found
  throw new InputError(`--round ${round}: write a round from 0 to ${rounds.length - 1}`)
}

export const topology = defineCommand({
  meta: { name: 'topology', description: 'Inspect the topology of an experiment' },
  subCommands: { show },
})
