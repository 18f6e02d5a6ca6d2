import { defineCommand } from 'citty'
import Table from 'cli-table3'
import { preAggregators, rules } from '#aggregation/registry.ts'
import { attacks } from '#attacks/registry.ts'
import { datasets } from '#learning/datasets/registry.ts'
import { models } from '#learning/models/registry.ts'
import { partitions } from '#learning/partitions/registry.ts'
import { schedules } from '#learning/schedules.ts'
import { topologies } from '#protocol/topologies/registry.ts'
import { InputError } from '../experiment/input-error.ts'
import { loadExperiment, presetNames } from '../experiment/load.ts'
import { nearest } from '../experiment/schema-guide.ts'
import { checkArguments } from './arguments.ts'

type Row = readonly string[]

/** What each kind lists: column heads and rows, from the registries. */
export const kinds: Record<string, () => { readonly head: Row; readonly rows: readonly Row[] }> = {
  rules: () => ({
    head: ['rule', 'what it does', 'needs', 'cost', 'source'],
    rows: [
      ...rules.map((rule) => [rule.name, rule.summary, rule.requires, rule.cost, rule.reference]),
      ...preAggregators.map((pre) => [`${pre.name} (before)`, pre.summary, pre.requires, pre.cost, pre.reference]),
    ],
  }),
  attacks: () => ({
    head: ['attack', 'what it sends', 'knowledge', 'source'],
    rows: attacks.map((attack) => [attack.name, attack.summary, attack.knowledge.join(', '), attack.reference]),
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
}

function parametersOf(shape: object): string {
  const names = Object.keys(shape).filter((key) => key !== 'name')
  return names.length > 0 ? names.join(', ') : '-'
}

const args = {
  kind: { type: 'positional', description: Object.keys(kinds).join(', '), required: true },
  json: { type: 'boolean', description: 'Print the table as JSON' },
} as const

export const list = defineCommand({
  meta: { name: 'list', description: 'List what an experiment can be made of' },
  args,
  run({ args: { kind, json }, rawArgs }) {
    checkArguments(rawArgs, args)
    const listing = kinds[kind]
    if (!listing) {
      const like = nearest(kind, Object.keys(kinds))
      throw new InputError(
        `list ${kind}: one of ${Object.keys(kinds).join(', ')}${like ? `; did you mean ${like}?` : ''}`,
      )
    }
    const { head, rows } = listing()
    if (json) {
      const objects = rows.map((row) => Object.fromEntries(head.map((name, k) => [name, row[k]])))
      process.stdout.write(`${JSON.stringify(objects, null, 2)}\n`)
      return
    }
    const width = process.stdout.isTTY ? Math.max(80, process.stdout.columns) : 160
    const table = new Table({
      head: [...head],
      style: { head: [], border: [] },
      wordWrap: true,
      colWidths: columnWidths(head, rows, width),
    })
    for (const row of rows) table.push([...row])
    process.stdout.write(`${table.toString()}\n`)
  },
})

/** Columns as wide as their longest cell, the text column giving way where the line is too long. */
function columnWidths(head: Row, rows: readonly Row[], total: number): number[] {
  const natural = head.map((name, k) => 2 + Math.max(name.length, ...rows.map((row) => (row[k] ?? '').length)))
  const excess = natural.reduce((sum, width) => sum + width + 1, 1) - total
  return natural.map((width, k) => (k === 1 && excess > 0 ? Math.max(24, width - excess) : width))
}
