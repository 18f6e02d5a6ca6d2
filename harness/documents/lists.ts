import { preAggregators, rules } from '#aggregation/registry.ts'
import { knowledgeLevels } from '#attacks/facts.ts'
import { attacks } from '#attacks/registry.ts'
import { datasets } from '#learning/datasets/registry.ts'
import { models } from '#learning/models/registry.ts'
import { partitions } from '#learning/partitions/registry.ts'
import { schedules } from '#learning/training/schedules.ts'
import { topologies } from '#topology/registry.ts'
import type { Listing } from '../config/catalogue.ts'
import { loadExperiment } from '../config/load.ts'
import { presetNames } from '../config/presets.ts'

/** The table of each kind that `hearsay list` prints, from the registries. */
const kinds = {
  rules: () => ({
    head: ['rule', 'what it does', 'needs', 'cost', 'source'],
    rows: [
      ...rules.map((rule) => [rule.name, rule.summary, rule.requires, rule.cost, rule.reference]),
      ...preAggregators.map((pre) => [`${pre.name} (before)`, pre.summary, pre.requires, pre.cost, pre.reference]),
    ],
  }),
  attacks: () => ({
    head: ['attack', 'what it sends', 'may know', 'needs', 'cost', 'source'],
    rows: attacks.map((attack) => [
      attack.name,
      attack.summary,
      attack.knowledge.length === knowledgeLevels.length ? 'any' : attack.knowledge.join(', '),
      attack.requires,
      attack.cost,
      attack.reference,
    ]),
  }),
  topologies: () => ({
    head: ['topology', 'who talks to whom', 'parameters'],
    rows: topologies.map((topology) => [topology.name, topology.summary, parametersOf(topology.config.shape)]),
  }),
  models: () => ({
    head: ['model', 'what it is', 'source'],
    rows: models.map((model) => [model.name, model.summary, model.reference]),
  }),
  datasets: () => ({
    head: ['data set', 'what it is', 'licence', 'source'],
    rows: datasets.map((dataset) => [dataset.name, dataset.summary, dataset.licence, dataset.reference]),
  }),
  partitions: () => ({
    head: ['partition', 'who holds what', 'parameters'],
    rows: partitions.map((partition) => [partition.name, partition.summary, parametersOf(partition.config.shape)]),
  }),
  schedules: () => ({
    head: ['schedule', 'learning rate', 'parameters'],
    rows: schedules.map((schedule) => [schedule.name, schedule.summary, parametersOf(schedule.config.shape)]),
  }),
  presets: () => ({
    head: ['preset', 'question', 'run with'],
    rows: presetNames().map((name) => {
      const { question, sweep } = loadExperiment(name)
      return [name, question ?? '', `hearsay ${sweep ? 'sweep' : 'run'} ${name}`]
    }),
  }),
} satisfies Record<string, () => Listing>

function parametersOf(shape: object): string {
  const names = Object.keys(shape).filter((key) => key !== 'name')
  return names.length > 0 ? names.join(', ') : '-'
}

/** All tables of `hearsay list`, by kind. */
export function allLists(): Record<string, Listing> {
  return Object.fromEntries(Object.entries(kinds).map(([kind, listing]) => [kind, listing()]))
}
