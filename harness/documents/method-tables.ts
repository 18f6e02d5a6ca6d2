import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { knowledgeLevels } from '#attacks/facts.ts'
import { attacks } from '#attacks/registry.ts'
import { type DatasetDeclaration, datasets } from '#learning/datasets/registry.ts'
import { buildModel, models } from '#learning/models/registry.ts'
import { partitions } from '#learning/partitions/registry.ts'
import { schedules } from '#learning/training/schedules.ts'
import { packageFolder } from '#node/data/package-folder.ts'
import { topologies } from '#topology/registry.ts'
import { loadExperiment } from '../config/load.ts'
import { presetNames } from '../config/presets.ts'
import { code, markdownTable, mathematics, sourceLink } from './markdown.ts'

/** The table of rules. In all tables here, `up` is the path from the page to the root of the repository. */
export function rulesTable(up: string): string {
  return markdownTable(
    ['rule', 'what it does', 'needs', 'cost', 'parameters', 'source'],
    rules.map((rule) => [
      fileLink(rule.name, 'aggregation/rules', up),
      rule.summary,
      mathematics(rule.requires),
      mathematics(rule.cost),
      parameters(rule.parameters),
      sourceLink(rule.reference),
    ]),
  )
}

export function preAggregatorsTable(up: string): string {
  return markdownTable(
    ['pre-aggregator', 'what it does', 'needs', 'cost', 'parameters', 'source'],
    preAggregators.map((before) => [
      fileLink(before.name, 'aggregation/pre-aggregators', up),
      before.summary,
      mathematics(before.requires),
      mathematics(before.cost),
      parameters(before.parameters),
      sourceLink(before.reference),
    ]),
  )
}

export function attacksTable(up: string): string {
  return markdownTable(
    ['attack', 'what it sends', 'may know', 'needs', 'cost', 'parameters', 'source'],
    attacks.map((attack) => [
      fileLink(attack.name, 'attacks/methods', up),
      attack.summary,
      knowledge(attack),
      mathematics(attack.requires),
      mathematics(attack.cost),
      parameters(attack.parameters),
      sourceLink(attack.reference),
    ]),
  )
}

export function topologiesTable(up: string): string {
  return markdownTable(
    ['topology', 'who talks to whom', 'parameters', 'source'],
    topologies.map((topology) => [
      fileLink(topology.name, 'topology/topologies', up),
      topology.summary,
      parameters(topology.parameters),
      sourceLink('reference' in topology ? topology.reference : undefined),
    ]),
  )
}

export function partitionsTable(up: string): string {
  return markdownTable(
    ['partition', 'who holds what', 'parameters', 'source'],
    partitions.map((partition) => [
      fileLink(partition.name, 'learning/partitions', up),
      partition.summary,
      parameters(partition.parameters),
      sourceLink('reference' in partition ? partition.reference : undefined),
    ]),
  )
}

export function schedulesTable(up: string): string {
  return markdownTable(
    ['schedule', 'learning rate', 'parameters', 'source'],
    schedules.map((schedule) => [
      `[\`${schedule.name}\`](${up}learning/training/schedules.ts)`,
      schedule.summary,
      parameters(schedule.parameters),
      sourceLink('reference' in schedule ? schedule.reference : undefined),
    ]),
  )
}

export function modelsTable(up: string): string {
  const parametersFor = (model: (typeof models)[number], inputs: number) =>
    'inputs' in model && !model.inputs.some((taken) => taken === inputs)
      ? '-'
      : buildModel(model.name, inputs, 10).parameterCount.toLocaleString('en')
  return markdownTable(
    ['model', 'what it is', 'parameters on 8x8', 'on 28x28', 'on 32x32x3', 'source'],
    models.map((model) => [
      fileLink(model.name, 'learning/models', up),
      model.summary,
      parametersFor(model, 64),
      parametersFor(model, 784),
      parametersFor(model, 3072),
      sourceLink(model.reference),
    ]),
  )
}

export function datasetsTable(): string {
  return markdownTable(
    ['data set', 'what it is', 'where', 'licence', 'source'],
    datasets.map((dataset: DatasetDeclaration) => [
      code(dataset.name),
      dataset.summary,
      dataset.embedded ? 'in the package' : `${code('HEARSAY_DATA')}, else the cache folder`,
      dataset.licence,
      sourceLink(dataset.reference),
    ]),
  )
}

export function presetsTable(up: string): string {
  return markdownTable(
    ['preset', 'question', 'peers', 'runs in', 'command'],
    presetNames().map((name) => {
      const { question, peers, runtime, sweep } = loadExperiment(name)
      return [
        `[${code(name)}](${up}harness/presets/${name}.yaml)`,
        question ?? '',
        `${peers.honest} honest, ${peers.byzantine} Byzantine`,
        runtime.name,
        code(`hearsay ${sweep ? 'sweep' : 'run'} ${name}`),
      ]
    }),
  )
}

function knowledge({ knowledge: levels }: (typeof attacks)[number]): string {
  return levels.length === knowledgeLevels.length ? 'any' : levels.join(', ')
}

function parameters(shape: object): string {
  return Object.keys(shape).map(code).join(', ')
}

/** A link to the file of a method, which has its name. Throws Error if there is no such file. */
function fileLink(name: string, folder: string, up: string): string {
  const path = `${folder}/${name}.ts`
  if (!existsSync(join(packageFolder(), path))) throw new Error(`${name} has no file ${path}`)
  return `[${code(name)}](${up}${path})`
}
